#include "core/config_tree.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

std::string round(const std::string& text) { return tree_text(*parse_tree(text, "c"), false); }

}  // namespace

TEST_CASE("the text of a document is block style with flow lists") {
  const std::string text =
      "b: 1\n"
      "a:\n"
      "  list: [1, x, [2, null]]\n"
      "  stages:\n"
      "    - width: 3\n"
      "      depth: 2\n"
      "    - width: 4\n"
      "    - {}\n"
      "    - - k: 1\n"
      "  none: {}\n";
  CHECK(round(text) == text);
  CHECK(round("") == "null\n");
  CHECK(round("{}") == "{}\n");
}

TEST_CASE("sorted text does not depend on the order in the file") {
  const auto a = parse_tree("x: 1\nb: {d: 1, c: [{f: 1, e: 2}]}\n", "c");
  const auto b = parse_tree("b:\n  c:\n  - e: 2\n    f: 1\n  d: 1\nx: 1\n", "c");
  CHECK(tree_text(*a, true) == tree_text(*b, true));
  CHECK(tree_text(*a, true) == "b:\n  c:\n    - e: 2\n      f: 1\n  d: 1\nx: 1\n");
}

TEST_CASE("texts keep their kind and their bytes") {
  for (const char* text :
       {"a: \"5\"\n", "a: \"true\"\n", "a: \"null\"\n", "a: \"\"\n", "a: -1.5\n", "a: \"-x\"\n",
        "a: 1e-05\n", "a: \"a: b\"\n", "a: \"x #y\"\n", "a: \"tab\\x09end\\n\"\n",
        "a: \"\\\"q\\\\\"\n", "a: \"...\"\n", "a: \".nan\"\n", "a: a b\n", "a: \" a\"\n",
        "a: \"\xc3\xbc\"\n", "\"a.b: c\": 1\n", "\"1\": 1\n", "a: ./x/y.yaml\n"}) {
    INFO(text);
    CHECK(round(text) == text);
  }
}

TEST_CASE("messages say what was found") {
  const auto found = [](const std::string& text) { return found_text(*parse_tree(text, "c")); };
  CHECK(found("1") == "1");
  CHECK(found("abc") == "'abc'");
  CHECK(found("'1'") == "'1'");
  CHECK(found("~") == "nothing");
  CHECK(found("[1]") == "a list");
  CHECK(found("a: 1") == "a section");
  CHECK(found(std::string(100, 'x')) == "'" + std::string(57, 'x') + "...'");
}

TEST_CASE("places print as people count") {
  CHECK(place_text({14, 15}, "a/b.yaml") == "a/b.yaml:14:15: ");
  CHECK(place_text({0, 0, "a.b"}, "a/b.yaml") == "--set a.b: ");
  CHECK(place_text({}, "a/b.yaml") == "a/b.yaml: ");
  CHECK(place_text({}, "") == "");
}
