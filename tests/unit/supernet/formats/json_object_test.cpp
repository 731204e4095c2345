#include "supernet/formats/json_object.h"

#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

/// What reading the text's object throws.
template <class Read>
std::string problem(const std::string& text, const Read& read) {
  return error_text<ConfigError>([&] {
    const nlohmann::json json = parse_strict_json(text, "f.json", 8);
    read(JsonObject(json, "f.json"));
  });
}

}  // namespace

TEST_CASE("values of a foreign JSON file are read") {
  const nlohmann::json json = parse_strict_json(
      R"({"n": 3, "whole": 4.0, "x": 0.5, "eps": "1e-5", "yes": true, "t": "text", "none": null,
          "list": ["a", "b"], "in": {"n": 7}, "all": [{"n": 1}, {"n": 2}]})",
      "f.json", 8);
  const JsonObject f(json, "f.json");
  CHECK(f.integer("n", {0, 10}) == 3);
  CHECK(f.integer("whole", {0, 10}) == 4);
  CHECK(f.integer("absent", {0, 10}, 5) == 5);
  CHECK(f.integer("none", {0, 10}, 6) == 6);
  CHECK(f.number("x", {0, 1}) == 0.5);
  CHECK(f.number("eps", {0, 1}) == 1e-5);
  CHECK(f.boolean("yes", false));
  CHECK(f.boolean("absent", true));
  CHECK(f.text("t") == "text");
  CHECK(f.text("absent", "other") == "other");
  CHECK(f.texts("list") == std::vector<std::string>{"a", "b"});
  CHECK(f.child("in").integer("n", {0, 10}) == 7);
  CHECK(f.children("all").at(1).integer("n", {0, 10}) == 2);
  CHECK(!f.has("none"));
}

TEST_CASE("what is wrong in a foreign JSON file is named by file and key") {
  const auto integer = [](const JsonObject& f) { f.integer("n", {1, 10}); };
  CHECK(problem("{}", integer) == "f.json: n: is needed and not there");
  CHECK(problem(R"({"n": 0})", integer) == "f.json: n: must be an integer in [1, 10], got 0");
  CHECK(problem(R"({"n": 1.5})", integer) == "f.json: n: must be an integer in [1, 10], got 1.5");
  CHECK(problem(R"({"n": "3"})", integer) == "f.json: n: must be an integer in [1, 10], got \"3\"");
  CHECK(problem(R"({"n": {}})", integer).ends_with("got an object"));
  CHECK(problem(R"({"n": 1e999})", integer).starts_with("f.json: the file is not JSON: "));
  CHECK(problem(R"({"n": 1, "n": 2})", integer) == "f.json: 'n' is in the file twice");
  CHECK(problem("[]", integer) == "f.json: must be an object, got []");
  const auto number = [](const JsonObject& f) { f.number("x", {0, 1}); };
  CHECK(problem(R"({"x": "wide"})", number) ==
        "f.json: x: must be a number in [0, 1], got \"wide\"");
  CHECK(problem(R"({"x": true})", number).ends_with("got true"));
  const auto inner = [](const JsonObject& f) { f.child("in").boolean("b", true); };
  CHECK(problem(R"({"in": 4})", inner) == "f.json: in: must be an object, got 4");
  CHECK(problem(R"({"in": {"b": 1}})", inner) == "f.json: in.b: must be true or false, got 1");
  const auto texts = [](const JsonObject& f) { f.texts("l"); };
  CHECK(problem(R"({"l": ["a", 1]})", texts) == "f.json: l: must be a list of texts, holds 1");
  CHECK(problem(R"({"l": "a"})", texts) == "f.json: l: must be a list of texts, got \"a\"");
  const auto children = [](const JsonObject& f) { f.children("l"); };
  CHECK(problem(R"({"l": [{}, 1]})", children) == "f.json: l[1]: must be an object, got 1");
  CHECK(problem(R"({"l": 1})", children) == "f.json: l: must be a list, got 1");
  const auto text = [](const JsonObject& f) { f.text("t"); };
  CHECK(problem(R"({"t": [")" + std::string(100, 'x') + R"("]})", text) ==
        "f.json: t: must be text, got [\"" + std::string(58, 'x') + "...");
}
