// Encoding and decoding.
#include "supernet/formats/tokenizer.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "supernet/formats/tokenizer_parts.h"

namespace tailor {
namespace {

/// Code points of the bytes' letters.
const std::array<int, 256>& letters() {
  static const std::array<int, 256> all = [] {
    std::array<int, 256> out{};
    int other = 256;
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable =
          (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      out[static_cast<size_t>(byte)] = printable ? byte : other++;
    }
    return out;
  }();
  return all;
}

const std::map<int, char>& bytes_of_letters() {
  static const std::map<int, char> all = [] {
    std::map<int, char> out;
    for (size_t byte = 0; byte < 256; ++byte) out[letters()[byte]] = static_cast<char>(byte);
    return out;
  }();
  return all;
}

/// Encodes one text after another piece by piece; a piece that comes again is looked up.
class PieceEncoder {
 public:
  explicit PieceEncoder(const Tokenizer::Impl& impl) : impl_(impl) {}

  void encode(const std::string& text, std::vector<int64_t>& out) {
    for (const std::string& piece : pieces(text)) {
      auto [known, fresh] = known_.try_emplace(piece);
      if (fresh) known->second = tokens(piece);
      out.insert(out.end(), known->second.begin(), known->second.end());
    }
  }

 private:
  std::vector<std::string> pieces(const std::string& text) const {
    std::vector<std::string> now = {text};
    for (const CutStep& step : impl_.steps) {
      if (step.prefix_space) {
        for (std::string& piece : now) {
          if (!piece.starts_with(' ')) piece.insert(0, 1, ' ');
        }
      }
      if (!step.pattern) continue;
      std::vector<std::string> next;
      for (const std::string& piece : now) step.pattern->split(piece, next);
      now = std::move(next);
    }
    return now;
  }
  std::vector<int32_t> tokens(const std::string& piece) const {
    if (const auto found = impl_.whole.find(piece); found != impl_.whole.end()) {
      return {found->second};
    }
    std::vector<int32_t> out;
    impl_.pairs->encode(piece, out);
    return out;
  }

  const Tokenizer::Impl& impl_;
  std::unordered_map<std::string, std::vector<int32_t>> known_;
};

}  // namespace

std::string byte_symbols(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const int letter = letters()[static_cast<uint8_t>(byte)];
    if (letter < 0x80) {
      out += static_cast<char>(letter);
    } else {
      out += static_cast<char>(0xc0 | letter >> 6);
      out += static_cast<char>(0x80 | (letter & 0x3f));
    }
  }
  return out;
}

std::optional<std::string> symbol_bytes(std::string_view symbols) {
  std::string out;
  for (size_t i = 0; i < symbols.size(); ++i) {
    int letter = static_cast<uint8_t>(symbols[i]);
    if (letter >= 0x80) {  // letters take at most two bytes
      if (letter < 0xc2 || letter > 0xdf || i + 1 == symbols.size()) return std::nullopt;
      letter = (letter & 0x1f) << 6 | (static_cast<uint8_t>(symbols[++i]) & 0x3f);
    }
    const auto found = bytes_of_letters().find(letter);
    if (found == bytes_of_letters().end()) return std::nullopt;
    out += found->second;
  }
  return out;
}

void AddedTokens::add(AddedToken token) {
  std::vector<AddedToken>& all = by_first_[token.content.front()];
  const auto longer = [&](const AddedToken& other) {
    return other.content.size() >= token.content.size();
  };
  all.insert(std::find_if_not(all.begin(), all.end(), longer), std::move(token));
}

const AddedToken* AddedTokens::at_start(std::string_view text) const {
  const auto found = by_first_.find(text.front());
  if (found == by_first_.end()) return nullptr;
  for (const AddedToken& token : found->second) {
    if (text.starts_with(token.content)) return &token;
  }
  return nullptr;
}

std::vector<AddedTokens::Part> AddedTokens::cut(std::string_view text) const {
  std::vector<Part> out;
  size_t begin = 0;  // of the text not yet in a part
  for (size_t at = 0; at < text.size();) {
    const AddedToken* token = at_start(text.substr(at));
    if (!token) {
      ++at;
      continue;
    }
    std::string_view between = text.substr(begin, at - begin);
    if (token->strips_left) between.remove_suffix(trailing_space(between));
    if (!between.empty()) out.push_back({between});
    out.push_back({text.substr(at, token->content.size()), token});
    at += token->content.size();
    if (token->strips_right) at += leading_space(text.substr(at));
    begin = at;
  }
  if (begin < text.size()) out.push_back({text.substr(begin)});
  return out;
}

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

Tokenizer Tokenizer::bytes() {
  auto impl = std::make_unique<Impl>();
  impl->name = "plain bytes";
  impl->plain_bytes = true;
  for (int64_t byte = 0; byte < 256; ++byte) impl->bytes_of[byte] = {static_cast<char>(byte)};
  return Tokenizer(std::move(impl));
}

std::vector<int64_t> Tokenizer::encode(std::string_view text, bool framed) const {
  std::vector<int64_t> out;
  if (impl_->plain_bytes) {
    for (const char byte : text) out.push_back(static_cast<uint8_t>(byte));
    return out;
  }
  if (framed) out = impl_->frame_begin;
  const std::string valid = valid_utf8(text);
  PieceEncoder encoder(*impl_);
  for (const AddedTokens::Part& part : impl_->before_nfc.cut(valid)) {
    if (part.token) {
      out.push_back(part.token->id);
      continue;
    }
    const std::string normal = impl_->nfc ? nfc(part.text) : std::string(part.text);
    for (const AddedTokens::Part& inner : impl_->after_nfc.cut(normal)) {
      if (inner.token) {
        out.push_back(inner.token->id);
      } else {
        encoder.encode(std::string(inner.text), out);
      }
    }
  }
  if (framed) out.insert(out.end(), impl_->frame_end.begin(), impl_->frame_end.end());
  return out;
}

std::string Tokenizer::decode(std::span<const int64_t> ids, bool skip_special) const {
  std::string bytes;
  for (const int64_t id : ids) {
    if (!skip_special || !is_special(id)) bytes += token_bytes(id);
  }
  return valid_utf8(bytes);
}

std::string Tokenizer::token_bytes(int64_t id) const {
  const auto found = impl_->bytes_of.find(id);
  return found == impl_->bytes_of.end() ? "" : found->second;
}

bool Tokenizer::is_special(int64_t id) const { return impl_->special.contains(id); }

int64_t Tokenizer::largest_id() const {
  int64_t largest = -1;
  for (const auto& [id, bytes] : impl_->bytes_of) largest = std::max(largest, id);
  return largest;
}

void Tokenizer::check_vocabulary(int64_t vocabulary) const {
  const int64_t id = largest_id();
  if (id < vocabulary) return;
  throw ConfigError(str(impl_->name, ": token '", valid_utf8(token_bytes(id)), "' has id ", id,
                        ", the model's vocab_size is ", vocabulary));
}

}  // namespace tailor
