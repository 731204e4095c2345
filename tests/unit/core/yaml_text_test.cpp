// Pieces of YAML text.
#include "core/yaml_text.h"

#include "core/config_node.h"
#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::string read_back(const std::string& text) {
  const ConfigNode node = ConfigNode::parse("text: " + yaml_quoted(text) + "\n", "t");
  std::string out;
  node.read("text", out, {});
  return out;
}

}  // namespace

TEST_CASE("plain text is quoted") { CHECK(yaml_quoted("a b") == "\"a b\""); }

TEST_CASE("quotes and backslashes are escaped") {
  CHECK(yaml_quoted("a\"b\\c") == "\"a\\\"b\\\\c\"");
}

TEST_CASE("every text reads back as it was") {
  for (const std::string text :
       {"", "yes", "12", "a: b # c", "tab\tnewline\nbell\a", "{[*&!", "\"'\\x41", "\xc3\xa9"}) {
    CHECK(read_back(text) == text);
  }
}

TEST_CASE("the time has the shape of ISO 8601 in UTC") {
  const std::string now = utc_now();
  REQUIRE(now.size() == 20);
  CHECK(now[4] == '-');
  CHECK(now[10] == 'T');
  CHECK(now.back() == 'Z');
}
