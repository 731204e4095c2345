// Which networks are measured again, and which of them wins.
#include "tools/stages/finalist_choice.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::tools;

namespace {

/// "a0" ... with latencies 10, 9, 8, ... ms.
std::vector<search::StoredArch> front_of(size_t n) {
  std::vector<search::StoredArch> out;
  for (size_t i = 0; i < n; ++i) {
    out.push_back({"a" + std::to_string(i), {{"latency_ms", 10.0 - static_cast<double>(i)}}});
  }
  return out;
}

FinalistRow row(const std::string& arch, double predicted, double measured, double validation = 0) {
  FinalistRow out{.arch = arch, .validation_accuracy = validation};
  out.predicted_latency_ms = predicted;
  out.latency_ms = measured;
  out.limit_ms = 10;
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("finalists are the best and a spread with the cheapest end") {
  CHECK(choose_finalists(front_of(9), 5, 3) == Names{"a0", "a1", "a2", "a5", "a8"});
  CHECK(choose_finalists(front_of(3), 5, 2) == Names{"a0", "a1", "a2"});
  CHECK(choose_finalists(front_of(9), 2, 5) == Names{"a0", "a1"});
}

TEST_CASE("finalists over the limit are replaced by the next that meet it by what was found") {
  const auto front = front_of(9);
  // 15 % slower than predicted: a1 (9 ms) would take 10.35, a2 (8 ms) 9.2.
  const std::vector<FinalistRow> rows = {row("a0", 10, 11.5), row("a8", 2, 2)};
  CHECK(replacements(front, rows, 0) == Names{"a2"});
  CHECK(replacements(front, rows, 1).empty());  // the last round's all met it
  CHECK(replacements(front, {row("a0", 10, 10)}, 0).empty());
  const std::vector<FinalistRow> two = {row("a0", 10, 10.5), row("a1", 9, 10.1), row("a2", 8, 8)};
  CHECK(replacements(front, two, 0) == Names{"a3", "a4"});
}

TEST_CASE("the winner is the best on validation images that meets the limit; the last row never") {
  std::vector<FinalistRow> rows = {row("a", 9, 11, 0.9), row("b", 9, 9, 0.7), row("c", 8, 8, 0.8),
                                   row("largest", 5, 5, 1.0)};
  judge(rows);
  CHECK(rows[0].note == "over the limit, skipped");
  CHECK(rows[1].note.empty());
  CHECK(rows[2].note == "winner");
  CHECK(rows[3].note.empty());
  std::vector<FinalistRow> none = {row("a", 9, 11, 0.9), row("largest", 20, 20, 1.0)};
  CHECK_THROWS_AS(judge(none), InfeasibleError);
}
