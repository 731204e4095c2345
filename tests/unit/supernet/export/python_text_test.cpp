#include "supernet/export/python_text.h"

#include "supernet/export/python_names.h"
#include "tests/support/catch.h"
#include "tests/support/export_samples.h"

using namespace tailor;

TEST_CASE("no text can end its Python string") {
  CHECK(python_string("plain") == R"("plain")");
  CHECK(python_string("a\"b\\c") == R"("a\"b\\c")");
  CHECK(python_string("\n\r\t") == R"("\x0a\x0d\x09")");
  CHECK(python_string(std::string("\0", 1)) == R"("\x00")");
  CHECK(python_string("\x7f") == R"("\x7f")");
}

TEST_CASE("characters beyond ASCII are escaped by their code") {
  CHECK(python_escape("\u00e9") == "\\xe9");
  CHECK(python_escape("\u2028") == "\\u2028");
  CHECK(python_escape("\U0001F600") == "\\U0001f600");
}

TEST_CASE("bytes that are not UTF-8 become a replacement character") {
  for (const char* bytes :
       {"\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc0\xaf", "\xed\xa0\x80"}) {
    CHECK(python_escape(bytes).starts_with("\\ufffd"));
  }
  CHECK(python_escape("\xc3(") == "\\ufffd(");
}

TEST_CASE("tuples and lists are Python's") {
  CHECK(python_tuple({1, 3, 8}) == "(1, 3, 8)");
  CHECK(python_tuple({5}) == "(5,)");
  CHECK(python_list("A", {"1", "2"}) == "A = [1, 2]\n");
  const std::string wrapped = python_list("A", std::vector<std::string>(40, "12345"));
  CHECK(wrapped.starts_with("A = [\n    12345, 12345,"));
  CHECK(wrapped.ends_with("12345,\n]\n"));
  for (size_t begin = 0; begin < wrapped.size();) {
    const size_t end = wrapped.find('\n', begin);
    CHECK(end - begin <= 100);
    begin = end + 1;
  }
}

TEST_CASE("a variable is used again only when its value is no longer read") {
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    const FlatNetwork network = flatten(spec);
    const std::vector<std::string> variables = variable_names(network);
    REQUIRE(variables.size() == network.nodes.size() + 1);
    std::map<std::string, size_t> holds = {{variables[0], 0}};
    for (size_t i = 0; i < network.nodes.size(); ++i) {
      for (size_t input : network.nodes[i].inputs) CHECK(holds[variables[input]] == input);
      holds[variables[i + 1]] = i + 1;
    }
  }
}
