#include "supernet/formats/unicode_text.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

const char* const kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::vector<std::string> parts(const std::string& text, const SplitPattern& pattern) {
  std::vector<std::string> out;
  pattern.split(text, out);
  return out;
}

}  // namespace

TEST_CASE("ill-formed UTF-8 becomes U+FFFD, a part at a time") {
  CHECK(valid_utf8("a\xc3\xa9 \xf0\x9f\x99\x82") == "a\xc3\xa9 \xf0\x9f\x99\x82");
  CHECK(valid_utf8("\xff"
                   "a\xc3") ==
        "\xef\xbf\xbd"
        "a\xef\xbf\xbd");
  CHECK(valid_utf8("\xf0\x9f\x99"
                   "b") ==
        "\xef\xbf\xbd"
        "b");  // one cut-off character
  CHECK(valid_utf8("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // half a pair
  CHECK(valid_utf8(std::string("\0x", 2)) == std::string("\0x", 2));
}

TEST_CASE("text is brought to normal form C") {
  CHECK(nfc("e\xcc\x81") == "\xc3\xa9");
  CHECK(nfc("\xe2\x84\xa6") == "\xce\xa9");  // ohm sign: omega
  CHECK(nfc("plain").size() == 5);
  CHECK(nfc("").empty());
}

TEST_CASE("white space at both ends is counted in bytes") {
  CHECK(leading_space(" \t\xe3\x80\x80 x ") == 6);
  CHECK(trailing_space("x \xc2\xa0\n") == 4);
  CHECK(leading_space("") == 0);
  CHECK(trailing_space("\xe3\x80\x80") == 3);
  CHECK(leading_space("\xc3\xa9 ") == 0);
}

TEST_CASE("text is cut at a pattern's matches") {
  const SplitPattern qwen(kQwen2, false, {});
  CHECK(parts("don't  stop 42!\n", qwen) ==
        std::vector<std::string>{"don", "'t", " ", " stop", " ", "4", "2", "!\n"});
  CHECK(parts("", qwen).empty());
  CHECK(parts("\xc3\xa9t\xc3\xa9 \xe4\xbd\xa0", qwen) ==
        std::vector<std::string>{"\xc3\xa9t\xc3\xa9", " \xe4\xbd\xa0"});
  CHECK(parts("a1b", {"[0-9]", false, {}}) == std::vector<std::string>{"a", "1", "b"});
  CHECK(parts("a1b", {"[0-9]", false, {.matches = false}}) == std::vector<std::string>{"a", "b"});
  CHECK(parts("a1b", {"[0-9]", false, {.between = false}}) == std::vector<std::string>{"1"});
  CHECK(parts("a.b+c", {".", true, {.matches = false}}) == std::vector<std::string>{"a", "b+c"});
  CHECK(parts("ab", {"x*", false, {}}) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a pattern that is none, or that never ends, is an error") {
  CHECK(error_text<ConfigError>([] {
          SplitPattern("(a", false, {});
        }).starts_with("not a pattern: U_REGEX_MISMATCHED_PAREN at character "));
  const SplitPattern slow("(a+)+$", false, {});
  CHECK(error_text<ConfigError>([&] { parts(std::string(60, 'a') + "b", slow); }) ==
        "the pattern cannot be matched: U_REGEX_TIME_OUT");
}
