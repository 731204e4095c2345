// Evaluated archs as CSV.
#include "predictors/accuracy_table.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::string refusal(const SearchSpace& space, const std::string& text) {
  return test::error_text<IoError>([&] { parse_accuracy_csv(space, text, "accuracy.csv"); });
}

}  // namespace

TEST_CASE("a table reads back to the bit, with and without losses") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const test::TempDir dir;
  AccuracyTable table{space->enumerate(), {}, {}};
  for (size_t i = 0; i < table.size(); ++i) {
    table.accuracy.push_back(1 / (1.1 + static_cast<double>(i)));
  }
  for (const bool with_loss : {false, true}) {
    if (with_loss) table.loss = std::vector<double>(table.size(), 1.0 / 3);
    write_accuracy_csv(*space, table, dir.file("accuracy.csv"));
    const AccuracyTable again = read_accuracy_csv(*space, dir.file("accuracy.csv"));
    CHECK(again.archs == table.archs);
    CHECK(again.accuracy == table.accuracy);
    CHECK(again.loss == table.loss);
  }
}

TEST_CASE("a bad line is named") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::string good = "arch,accuracy\n\"" + space->print(space->smallest()) + "\",0.5\n";
  CHECK(parse_accuracy_csv(*space, good, "accuracy.csv").size() == 1);
  const std::string second = "\"" + space->print(space->largest()) + "\",";
  CHECK(refusal(*space, good + second + "1.5\n") ==
        "accuracy.csv:3: accuracy must be a fraction in [0, 1], got 1.5");
  CHECK(refusal(*space, good + second + "nan\n") ==
        "accuracy.csv:3: column accuracy must be a number, got 'nan'");
  CHECK(refusal(*space, good + "ks=99,0.5\n").find("accuracy.csv:3: ") == 0);
}

TEST_CASE("an arch twice is refused, in whatever text") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::string line = "\"" + space->print(space->smallest()) + "\",0.5\n";
  CHECK(refusal(*space, "arch,accuracy\n" + line + line) ==
        "accuracy.csv:3: the arch of line 2 again");
}

TEST_CASE("columns are found by name and must be there") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const std::string arch = "\"" + space->print(space->smallest()) + "\"";
  const AccuracyTable table = parse_accuracy_csv(
      *space, "seconds,loss,accuracy,arch\n3,0.25,0.5," + arch + "\n", "accuracy.csv");
  CHECK(table.accuracy == std::vector<double>{0.5});
  CHECK(table.loss == std::vector<double>{0.25});
  CHECK(refusal(*space, "arch,top1\n" + arch + ",0.5\n").find("accuracy") != std::string::npos);
}
