#include "core/config_tree.h"

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::string parse_error(const std::string& text, const std::string& set_path = "") {
  return test::error_text<ConfigError>([&] { parse_tree(text, "c.yaml", set_path); });
}

}  // namespace

TEST_CASE("places are counted from 1") {
  const auto tree = parse_tree("a: 1\nb:\n  c: [x, 'y']\n", "c.yaml");
  const Tree& c = *tree->find("b")->value->find("c")->value;
  CHECK(tree->find("b")->key_place.line == 2);
  CHECK(tree->find("b")->key_place.column == 1);
  CHECK(c.entries[0].value->place.line == 3);
  CHECK(c.entries[0].value->place.column == 7);
  CHECK_FALSE(c.entries[0].value->quoted);
  CHECK(c.entries[1].value->quoted);
  CHECK(tree->find("z") == nullptr);
}

TEST_CASE("what can be read in two ways is refused") {
  CHECK(parse_error("a: 1\nb: 2\na: 3\n") == "c.yaml:3:1: key 'a' is given twice, first in line 1");
  CHECK(parse_error("a: {x: 1, x: 2}") == "c.yaml:1:11: key 'x' is given twice, first in line 1");
  CHECK(parse_error("{x: 1, x: 2}", "a.b") == "--set a.b: key 'x' is given twice");
  CHECK(parse_error("a: &x 1\nb: *x\n") ==
        "c.yaml:1:4: anchors (&name) are not supported; write the value out");
  CHECK(parse_error("a:\n  <<: {x: 1}\n") ==
        "c.yaml:2:3: merge keys (<<) are not supported; write the keys out");
  CHECK(parse_error("a: !!int 1\n") ==
        "c.yaml:1:4: tags (tag:yaml.org,2002:int) are not supported; remove it");
  CHECK(parse_error("a: 1\n---\nb: 2\n") ==
        "c.yaml:2:1: a second document; a config is one document, remove the '---'");
}

TEST_CASE("keys are short plain texts") {
  CHECK(parse_error("? [a, b]\n: 1\n") ==
        "c.yaml:1:3: a key must be a plain text, not a list or a section; is a bracket left open?");
  CHECK(parse_error("? {a: b}\n: 1\n") ==
        "c.yaml:1:3: a key must be a plain text, not a list or a section; is a bracket left open?");
  CHECK(parse_error("'': 1\n") == "c.yaml:1:1: a key must not be empty");
  CHECK(parse_error("{: 1}") == "c.yaml:1:2: a key is missing before ':'");
  CHECK(parse_error(std::string(300, 'k') + ": 1") ==
        "c.yaml:1:1: a key must have at most 256 bytes, got 300");
}

TEST_CASE("broken YAML is located") {
  CHECK(parse_error("a: 1\nb: [1, 2\n") == "c.yaml:3:1: not YAML: end of sequence flow not found");
  CHECK(parse_error("a: b: c\n") == "c.yaml:1:5: not YAML: illegal map value");
  CHECK(parse_error("b: [1, 2", "x") == "--set x: not YAML: end of sequence flow not found");
}

TEST_CASE("deep and large documents are refused") {
  CHECK(parse_error(std::string(65, '[') + std::string(65, ']')) ==
        "c.yaml:1:65: nested deeper than 64 levels");
  CHECK_THROWS_AS(parse_tree(std::string(100000, '['), "c.yaml"), ConfigError);
  CHECK_NOTHROW(parse_tree(std::string(64, '[') + std::string(64, ']'), "c.yaml"));
  CHECK_THROWS_AS(parse_tree("[[]]", "c.yaml", "a.b", 63), ConfigError);
  CHECK(parse_error(std::string((16 << 20) + 1, ' ')) ==
        "c.yaml: is larger than 16 MiB; is it a config?");
}
