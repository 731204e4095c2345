// Reading tokenizer.json.
#include <algorithm>

#include "core/file.h"
#include "supernet/formats/json_object.h"
#include "supernet/formats/tokenizer_parts.h"

namespace tailor {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr JsonRange kIds = {0, INT32_MAX};
/// Of GPT-2, for a ByteLevel step that splits by itself.
constexpr const char* kBytePattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class TokenizerReader {
 public:
  TokenizerReader(const JsonObject& file, Tokenizer::Impl& out) : file_(file), out_(out) {}

  void read() {
    read_model(file_.child("model"));
    if (file_.has("normalizer")) read_normalizer(file_.child("normalizer"));
    read_added();
    read_cutting(file_.child("pre_tokenizer"));
    if (!ends_in_bytes_) file_.fail("pre_tokenizer", "must end with ByteLevel");
    check_decoder(file_.child("decoder"));
    if (file_.has("post_processor")) read_frame(file_.child("post_processor"));
  }

 private:
  void read_model(const JsonObject& model);
  void read_vocabulary(const JsonObject& model);
  void read_bytes(const JsonObject& model);
  void read_merges(const JsonObject& model);
  std::pair<std::string, std::string> merge_pair(const JsonObject& model, const json& merge,
                                                 const std::string& key) const;
  int32_t token_id(const JsonObject& model, const std::string& symbols,
                   const std::string& key) const;
  void read_added();
  void name_token(int64_t id, const std::string& symbols);
  void read_normalizer(const JsonObject& step);
  void read_cutting(const JsonObject& step);
  void read_split(const JsonObject& step);
  void read_byte_level(const JsonObject& step);
  void check_decoder(const JsonObject& step) const;
  void read_frame(const JsonObject& step);
  void read_template(const JsonObject& step);

  const JsonObject& file_;
  Tokenizer::Impl& out_;
  std::unordered_map<std::string, int32_t> ids_;  ///< by symbols
  bool ends_in_bytes_ = false;
};

void TokenizerReader::read_model(const JsonObject& model) {
  const std::string type = model.text("type");
  if (type != "BPE") model.fail("type", "must be BPE, got '", type, "'");
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!model.text(key, "").empty()) model.fail(key, "must be empty: tokens are bytes");
  }
  if (model.boolean("byte_fallback", false)) model.fail("byte_fallback", "must be false");
  if (model.number("dropout", {0, 1}, 0.0) != 0) model.fail("dropout", "must be none");
  read_vocabulary(model);
  read_bytes(model);
  read_merges(model);
  if (!model.boolean("ignore_merges", false)) return;
  for (const auto& [symbols, id] : ids_) {
    if (const auto bytes = symbol_bytes(symbols)) out_.whole.emplace(*bytes, id);
  }
}

void TokenizerReader::name_token(int64_t id, const std::string& symbols) {
  out_.bytes_of[id] = symbol_bytes(symbols).value_or(symbols);
}

void TokenizerReader::read_vocabulary(const JsonObject& model) {
  const JsonObject vocabulary = model.child("vocab");
  for (const auto& [symbols, id] : model.find("vocab")->items()) {
    const auto number = static_cast<int32_t>(vocabulary.integer(symbols, kIds));
    if (out_.bytes_of.contains(number)) {
      vocabulary.fail(symbols, "has id ", number, ", and so has '",
                      valid_utf8(out_.bytes_of.at(number)), "'");
    }
    ids_.emplace(symbols, number);
    name_token(number, symbols);
  }
}

void TokenizerReader::read_bytes(const JsonObject& model) {
  std::array<int32_t, 256> bytes{};
  for (size_t byte = 0; byte < 256; ++byte) {
    const std::string symbol = byte_symbols(std::string(1, static_cast<char>(byte)));
    const auto found = ids_.find(symbol);
    if (found == ids_.end()) {
      model.fail("vocab", "has no token '", symbol, "' for byte ", byte,
                 "; is it a byte-level tokenizer?");
    }
    bytes[byte] = found->second;
  }
  out_.pairs.emplace(bytes);
}

int32_t TokenizerReader::token_id(const JsonObject& model, const std::string& symbols,
                                  const std::string& key) const {
  const auto found = ids_.find(symbols);
  if (found == ids_.end()) model.fail(key, "names '", symbols, "', which is not in vocab");
  return found->second;
}

/// "left right", or ["left", "right"].
std::pair<std::string, std::string> TokenizerReader::merge_pair(const JsonObject& model,
                                                                const json& merge,
                                                                const std::string& key) const {
  if (merge.is_string()) {
    const auto text = merge.get<std::string>();
    const std::vector<std::string> halves = split(text, ' ');
    if (halves.size() == 2) return {halves[0], halves[1]};
  }
  if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
    return {merge[0].get<std::string>(), merge[1].get<std::string>()};
  }
  model.fail(key, "must be two tokens, got ", json_excerpt(merge));
}

void TokenizerReader::read_merges(const JsonObject& model) {
  const json* merges = model.find("merges");
  if (!merges || !merges->is_array()) model.fail("merges", "must be a list");
  int32_t rank = 0;
  for (const json& merge : *merges) {
    const std::string key = str("merges[", rank, "]");
    const auto [left, right] = merge_pair(model, merge, key);
    out_.pairs->add(token_id(model, left, key), token_id(model, right, key), rank,
                    token_id(model, left + right, key));
    ++rank;
  }
}

void TokenizerReader::read_added() {
  if (!file_.has("added_tokens")) return;
  for (const JsonObject& item : file_.children("added_tokens")) {
    AddedToken token{.id = item.integer("id", kIds),
                     .content = item.text("content"),
                     .special = item.boolean("special", false),
                     .strips_left = item.boolean("lstrip", false),
                     .strips_right = item.boolean("rstrip", false)};
    if (token.content.empty()) item.fail("content", "must not be empty");
    if (item.boolean("single_word", false)) item.fail("single_word", "must be false");
    const auto known = ids_.find(token.content);
    const bool taken = out_.bytes_of.contains(token.id);
    if (known != ids_.end() ? known->second != token.id : taken) {
      item.fail("id", "'", token.content, "' is given ", token.id, ", which vocab contradicts");
    }
    name_token(token.id, token.content);
    if (token.special) out_.special.insert(token.id);
    const bool normal = item.boolean("normalized", !token.special);
    if (normal && out_.nfc) token.content = nfc(token.content);
    (normal ? out_.after_nfc : out_.before_nfc).add(std::move(token));
  }
}

void TokenizerReader::read_normalizer(const JsonObject& step) {
  const std::string type = step.text("type");
  if (type == "Sequence") {
    for (const JsonObject& each : step.children("normalizers")) read_normalizer(each);
  } else if (type == "NFC") {
    out_.nfc = true;
  } else {
    step.fail("type", "must be NFC, got '", type, "'");
  }
}

void TokenizerReader::read_cutting(const JsonObject& step) {
  const std::string type = step.text("type");
  if (type == "Sequence") {
    for (const JsonObject& each : step.children("pretokenizers")) read_cutting(each);
    return;
  }
  if (ends_in_bytes_) step.fail("type", "nothing may follow ByteLevel, got '", type, "'");
  if (type == "Split") {
    read_split(step);
  } else if (type == "ByteLevel") {
    read_byte_level(step);
  } else {
    step.fail("type", "must be Split or ByteLevel, got '", type, "'");
  }
}

SplitPattern pattern_at(const JsonObject& step, const std::string& key, const std::string& pattern,
                        bool literal, const SplitKeeps& keeps) {
  try {
    return SplitPattern(pattern, literal, keeps);
  } catch (const ConfigError& error) {
    step.fail(key, error.what());
  }
}

void TokenizerReader::read_split(const JsonObject& step) {
  const std::string behavior = step.text("behavior");
  const bool inverted = step.boolean("invert", false);
  if (behavior != "Isolated" && behavior != "Removed") {
    step.fail("behavior", "must be Isolated or Removed, got '", behavior, "'");
  }
  SplitKeeps keeps;
  if (behavior == "Removed") (inverted ? keeps.between : keeps.matches) = false;
  const JsonObject pattern = step.child("pattern");
  const bool literal = pattern.has("String");
  const char* key = literal ? "String" : "Regex";
  out_.steps.push_back({pattern_at(pattern, key, pattern.text(key), literal, keeps)});
}

void TokenizerReader::read_byte_level(const JsonObject& step) {
  CutStep cut;
  cut.prefix_space = step.boolean("add_prefix_space", true);
  if (step.boolean("use_regex", true)) {
    cut.pattern = pattern_at(step, "use_regex", kBytePattern, false, {});
  }
  out_.steps.push_back(std::move(cut));
  ends_in_bytes_ = true;
}

void TokenizerReader::check_decoder(const JsonObject& step) const {
  const std::string type = step.text("type");
  if (type == "Sequence") {
    for (const JsonObject& each : step.children("decoders")) check_decoder(each);
  } else if (type != "ByteLevel") {
    step.fail("type", "must be ByteLevel, got '", type, "'");
  }
}

void TokenizerReader::read_frame(const JsonObject& step) {
  const std::string type = step.text("type");
  if (type == "Sequence") {
    for (const JsonObject& each : step.children("processors")) read_frame(each);
  } else if (type == "TemplateProcessing") {
    read_template(step);
  } else if (type != "ByteLevel") {  // which moves offsets alone
    step.fail("type", "must be TemplateProcessing or ByteLevel, got '", type, "'");
  }
}

void TokenizerReader::read_template(const JsonObject& step) {
  bool text_seen = false;
  for (const JsonObject& part : step.children("single")) {
    if (part.has("Sequence")) {
      if (text_seen) step.fail("single", "names the text twice");
      text_seen = true;
      continue;
    }
    const std::string name = part.child("SpecialToken").text("id");
    const JsonObject token = step.child("special_tokens").child(name);
    const json* ids = token.find("ids");
    if (!ids || !ids->is_array()) token.fail("ids", "must be a list of ids");
    for (const json& id : *ids) {
      if (!id.is_number_integer() || !out_.bytes_of.contains(id.get<int64_t>())) {
        token.fail("ids", "must hold ids of tokens, got ", json_excerpt(id));
      }
      (text_seen ? out_.frame_end : out_.frame_begin).push_back(id.get<int64_t>());
    }
  }
  if (!text_seen) step.fail("single", "does not name the text");
}

}  // namespace

Tokenizer Tokenizer::parse(const std::string& text, const std::string& name) {
  const json parsed = parse_strict_json(text, name, kMaxDepth);
  const JsonObject file(parsed, name);
  auto impl = std::make_unique<Impl>();
  impl->name = name;
  TokenizerReader(file, *impl).read();
  return Tokenizer(std::move(impl));
}

Tokenizer Tokenizer::load(const std::string& file, int64_t vocabulary) {
  constexpr int64_t kMaxBytes = 256 << 20;
  Tokenizer tokenizer = parse(read_file(file, kMaxBytes), file);
  tokenizer.check_vocabulary(vocabulary);
  return tokenizer;
}

}  // namespace tailor
