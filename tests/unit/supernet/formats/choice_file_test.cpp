#include "supernet/formats/choice_file.h"

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

TEST_CASE("questions are read line by line") {
  const auto questions = parse_choices(
      R"({"id": 7, "context": "2 + 2 =", "choices": [" 4", " 5"], "answer": 0}

{"context": "up and", "choices": [" so", " on", " down"], "answer": 2})",
      "q.jsonl");
  REQUIRE(questions.size() == 2);
  CHECK(questions[0].context == "2 + 2 =");
  CHECK(questions[0].choices == std::vector<std::string>{" 4", " 5"});
  CHECK(questions[0].answer == 0);
  CHECK(questions[1].choices.size() == 3);
  CHECK(questions[1].answer == 2);
}

TEST_CASE("what is no question is told by line and key") {
  const auto wrong = [](const std::string& line) {
    return test::error_text<ConfigError>([&] { parse_choices("\n" + line, "q.jsonl"); });
  };
  using Catch::Contains;
  const std::string good = R"("context": "a", "choices": ["b", "c"])";
  CHECK_THAT(wrong("{" + good + ", \"answer\": 2}"), Contains("q.jsonl:2: answer: "));
  CHECK_THAT(wrong("{" + good + "}"), Contains("q.jsonl:2: answer: "));
  CHECK_THAT(wrong(R"({"context": "", "choices": ["b", "c"], "answer": 0})"),
             Contains("q.jsonl:2: context: must not be empty"));
  CHECK_THAT(wrong(R"({"context": "a", "choices": ["b"], "answer": 0})"),
             Contains("q.jsonl:2: choices: must be 2 to 1000 texts, got 1"));
  CHECK_THAT(wrong(R"({"context": "a", "choices": ["b", ""], "answer": 0})"),
             Contains("choices: holds an empty text"));
  CHECK_THAT(wrong("{" + good), Contains("q.jsonl:2: "));
  CHECK_THAT(wrong("[1]"), Contains("q.jsonl:2"));
  CHECK_THAT(wrong(""), Contains("q.jsonl: holds no question"));
}
