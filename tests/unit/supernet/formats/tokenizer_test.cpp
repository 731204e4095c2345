// covers: supernet/formats/tokenizer_json.cpp
#include "supernet/formats/tokenizer.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "supernet/formats/tokenizer_parts.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"

using namespace tailor;
using nlohmann::json;
using tailor::test::error_text;

namespace {

using Ids = std::vector<int64_t>;

/// Bytes 0 to 255, "he" 256, "hel" 257; tokens 258 (special) and 259; one step ByteLevel.
json small() {
  json vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary[byte_symbols(std::string(1, static_cast<char>(byte)))] = byte;
  }
  vocabulary["he"] = 256;
  vocabulary["hel"] = 257;
  return {{"version", "1.0"},
          {"added_tokens",
           {{{"id", 258}, {"content", "<end>"}, {"special", true}, {"normalized", false}},
            {{"id", 259}, {"content", "<e"}, {"special", false}, {"normalized", false}}}},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", {"h e", {"he", "l"}}}}}};
}

Tokenizer make(const json& file) { return Tokenizer::parse(file.dump(), "t.json"); }

/// The error of the small tokenizer with a value in another place: path, value.
std::string error(const std::string& path, const json& value) {
  json file = small();
  file[json::json_pointer(path)] = value;
  return error_text<ConfigError>([&] { make(file); });
}

}  // namespace

TEST_CASE("plain bytes are tokens, there and back") {
  const Tokenizer t = Tokenizer::bytes();
  CHECK(t.encode("a\xff") == Ids{'a', 255});
  CHECK(t.decode(Ids{'a', 0xc3, 0xa9}) == "a\xc3\xa9");
  CHECK(t.token_bytes(255) == "\xff");
  CHECK(t.largest_id() == 255);
  CHECK(!t.is_special(0));
}

TEST_CASE("letters of bytes go both ways") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(symbol_bytes(byte_symbols(all)) == all);
  CHECK(byte_symbols(" a\n") ==
        "\xc4\xa0"
        "a\xc4\x8a");
  CHECK(!symbol_bytes(" "));
  CHECK(!symbol_bytes("\xe4\xbd\xa0"));
  CHECK(!symbol_bytes("\xc4"));
}

TEST_CASE("bytes join, added tokens stand as they are") {
  const Tokenizer t = make(small());
  CHECK(t.encode("hello") == Ids{257, 'l', 'o'});
  CHECK(t.encode("he<end>hel<e>") == Ids{256, 258, 257, 259, '>'});
  CHECK(t.encode("<<end>") == Ids{'<', 258});
  CHECK(t.encode("\xff") == Ids{0xef, 0xbf, 0xbd});
  CHECK(t.encode("").empty());
  CHECK(t.decode(Ids{257, 258, 'o', 999}) == "hel<end>o");
  CHECK(t.decode(Ids{257, 258, 'o', 259}, true) == "helo<e");
  CHECK(t.decode(Ids{0xc3}) == "\xef\xbf\xbd");
  CHECK(t.is_special(258));
  CHECK(!t.is_special(259));
  CHECK(t.token_bytes(1000).empty());
}

TEST_CASE("a vocabulary that is too small for the tokens is refused") {
  const Tokenizer t = make(small());
  t.check_vocabulary(260);
  CHECK(error_text<ConfigError>([&] { t.check_vocabulary(259); }) ==
        "t.json: token '<e' has id 259, the model's vocab_size is 259");
}

TEST_CASE("added tokens may take the white space beside them") {
  json file = small();
  file["added_tokens"][0]["lstrip"] = true;
  file["added_tokens"][1]["rstrip"] = true;
  const Tokenizer t = make(file);
  CHECK(t.encode("a \t<end> a") == Ids{'a', 258, ' ', 'a'});
  CHECK(t.encode(" <e  <end>") == Ids{' ', 259, 258});
}

TEST_CASE("tokens of the normal text are found in it") {
  json file = small();
  file["normalizer"] = {{"type", "Sequence"}, {"normalizers", {{{"type", "NFC"}}}}};
  file["added_tokens"][1] = {{"id", 259}, {"content", "e\xcc\x81"}, {"normalized", true}};
  const Tokenizer t = make(file);
  CHECK(t.encode("he\xcc\x81") == Ids{'h', 259});
  CHECK(t.encode("h\xc3\xa9") == Ids{'h', 259});
}

TEST_CASE("text is cut and framed as the file says") {
  json file = small();
  file["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "Split"}, {"pattern", {{"String", "e"}}}, {"behavior", "Isolated"}},
        {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"use_regex", false}}}}};
  file["post_processor"] = {{"type", "Sequence"},
                            {"processors",
                             {{{"type", "ByteLevel"}},
                              {{"type", "TemplateProcessing"},
                               {"single",
                                {{{"SpecialToken", {{"id", "<end>"}}}},
                                 {{"Sequence", {{"id", "A"}}}},
                                 {{"SpecialToken", {{"id", "<end>"}}}}}},
                               {"special_tokens", {{"<end>", {{"ids", {258}}}}}}}}}};
  const Tokenizer t = make(file);
  CHECK(t.encode("he") == Ids{258, ' ', 'h', ' ', 'e', 258});
  CHECK(t.encode("he", false) == Ids{' ', 'h', ' ', 'e'});
  file["model"]["ignore_merges"] = true;
  file["model"]["merges"] = json::array();
  file["pre_tokenizer"] = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  CHECK(make(file).encode("hel hell", false) == Ids{257, ' ', 'h', 'e', 'l', 'l'});
}

TEST_CASE("a tokenizer of another kind is refused by key") {
  CHECK(error("/model/type", "Unigram") == "t.json: model.type: must be BPE, got 'Unigram'");
  CHECK(error("/model/byte_fallback", true) == "t.json: model.byte_fallback: must be false");
  CHECK(error("/model/dropout", 0.1) == "t.json: model.dropout: must be none");
  CHECK(error("/model/end_of_word_suffix", "</w>") ==
        "t.json: model.end_of_word_suffix: must be empty: tokens are bytes");
  CHECK(error("/normalizer", {{"type", "Lowercase"}}) ==
        "t.json: normalizer.type: must be NFC, got 'Lowercase'");
  CHECK(error("/pre_tokenizer", {{"type", "Metaspace"}}) ==
        "t.json: pre_tokenizer.type: must be Split or ByteLevel, got 'Metaspace'");
  CHECK(error("/pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", json::array()}}) ==
        "t.json: pre_tokenizer: must end with ByteLevel");
  CHECK(error("/pre_tokenizer",
              {{"type", "Split"}, {"pattern", {{"Regex", "a"}}}, {"behavior", "MergedWithNext"}}) ==
        "t.json: pre_tokenizer.behavior: must be Isolated or Removed, got 'MergedWithNext'");
  CHECK(error("/pre_tokenizer",
              {{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}})
            .starts_with("t.json: pre_tokenizer.pattern.Regex: not a pattern: "));
  CHECK(error("/decoder", {{"type", "WordPiece"}}) ==
        "t.json: decoder.type: must be ByteLevel, got 'WordPiece'");
  CHECK(error("/post_processor", {{"type", "BertProcessing"}}) ==
        "t.json: post_processor.type: must be TemplateProcessing or ByteLevel, got "
        "'BertProcessing'");
}

TEST_CASE("a tokenizer that contradicts itself is refused by key") {
  CHECK(error("/model/vocab/he", 3).starts_with("t.json: model.vocab."));
  CHECK(error("/model/vocab/he", -3) ==
        "t.json: model.vocab.he: must be an integer in [0, 2147483647], got -3");
  CHECK(error("/model/merges/0", "h e l") ==
        "t.json: model.merges[0]: must be two tokens, got \"h e l\"");
  CHECK(error("/model/merges/1", {"he", "x"}) ==
        "t.json: model.merges[1]: names 'hex', which is not in vocab");
  CHECK(error("/model/merges", 1) == "t.json: model.merges: must be a list");
  CHECK(error("/added_tokens/0/id", 257) ==
        "t.json: added_tokens[0].id: '<end>' is given 257, which vocab contradicts");
  CHECK(error("/added_tokens/0/content", "he") ==
        "t.json: added_tokens[0].id: 'he' is given 258, which vocab contradicts");
  CHECK(error("/added_tokens/0/content", "") ==
        "t.json: added_tokens[0].content: must not be empty");
  CHECK(error("/added_tokens/0/single_word", true) ==
        "t.json: added_tokens[0].single_word: must be false");
  json file = small();
  file["model"]["vocab"].erase("a");
  CHECK(error_text<ConfigError>([&] { make(file); }) ==
        "t.json: model.vocab: has no token 'a' for byte 97; is it a byte-level tokenizer?");
  file = {{"type", "TemplateProcessing"}, {"single", json::array()}};
  CHECK(error("/post_processor", file) == "t.json: post_processor.single: does not name the text");
  file["single"] = {{{"SpecialToken", {{"id", "<end>"}}}}};
  file["special_tokens"] = {{"<end>", {{"ids", {1000}}}}};
  CHECK(error("/post_processor", file) ==
        "t.json: post_processor.special_tokens.<end>.ids: must hold ids of tokens, got 1000");
  CHECK(error_text<ConfigError>([] { Tokenizer::parse("{}", "t.json"); }) ==
        "t.json: model: is needed and not there");
}
