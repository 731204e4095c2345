#include "core/json_check.h"

#include "tests/support/catch.h"

using tailor::json_problem;

TEST_CASE("doubled keys, deep nesting and what is no JSON are found") {
  const auto problem = [](const std::string& text) { return json_problem(text, "the text", 3); };
  CHECK(problem(R"({"a": [{"a": 1}], "b": null, "c": [1.5, true, "x"]})").empty());
  CHECK(problem("[]").empty());
  CHECK(problem(R"({"a": 1, "b": {"c": 1, "c": 2}})") == "'c' is in the text twice");
  CHECK(problem("[[[]]]").empty());
  CHECK(problem("[[[[]]]]") == "the text is nested too deep");
  CHECK(problem(std::string(100000, '[')) == "the text is nested too deep");
  CHECK(problem("{").substr(0, 20) == "the text is not JSON");
  CHECK(problem("{} {}").substr(0, 20) == "the text is not JSON");
  CHECK(problem("").substr(0, 20) == "the text is not JSON");
}
