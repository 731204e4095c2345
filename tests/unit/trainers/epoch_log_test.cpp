// What an epoch leaves in history.csv, in validation.csv and in the log.
#include "trainers/epoch_log.h"

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

const EpochSummary kSecond = {.phase = 0,
                              .epoch = 1,
                              .name = "warm",
                              .epochs = 3,
                              .lr = 0.1,
                              .loss = 1.23456789,
                              .images = 640,
                              .seconds = 2.34567};

}  // namespace

TEST_CASE("an epoch gives a line of history and one for each named subnet") {
  const auto space = test::space_of(test::kTinyResNet);
  const NamedArchs named = {{"least", space->smallest()}, {"most", space->largest()}};
  const std::vector<Arch> watched = watched_archs(*space, named);
  REQUIRE(watched.size() == 4);
  CHECK(watched[0] == space->largest());
  CHECK(watched[1] == space->smallest());
  CHECK(watched[2] == space->smallest());

  std::string line;
  set_log_sink([&](LogLevel, const std::string& text) { line = text; });
  std::vector<SubnetScore> scores(4);
  scores[0].accuracy = 0.9, scores[1].accuracy = 0.5;
  scores[2].accuracy = 0.25, scores[2].loss = 1.5;
  scores[3].accuracy = 0.75, scores[3].loss = 0.5;
  TrainProgress progress;
  log_epoch(*space, kSecond, named, scores, progress);
  set_log_sink({});
  CHECK(line ==
        "phase 1 (warm) epoch 2/3: loss 1.2346, validation accuracy 0.9 (largest) 0.5 (smallest), "
        "0.25 (least), 0.75 (most)");

  const test::TempDir folder;
  write_history(folder.path(), progress, true);
  const Csv history = Csv::load(folder.file("history.csv"));
  CHECK(history.header == history_header());
  CHECK(history.rows == std::vector<std::vector<std::string>>{
                            {"1", "warm", "2", "0.1", "1.23456789", "0.9", "0.5", "640", "2.35"}});
  const Csv validation = Csv::load(folder.file("validation.csv"));
  CHECK(validation.header == validation_header());
  REQUIRE(validation.rows.size() == 2);
  CHECK(validation.rows[1] == std::vector<std::string>{"1", "warm", "2", "most",
                                                       space->print(space->largest()), "0.75",
                                                       "0.5"});
}

TEST_CASE("without named subnets there is no validation.csv; scores must fit") {
  const auto space = test::space_of(test::kTinyResNet);
  const test::TempDir folder;
  TrainProgress progress;
  log_epoch(*space, kSecond, {}, std::vector<SubnetScore>(2), progress);
  CHECK(progress.validation.empty());
  write_history(folder.path(), progress, false);
  CHECK(file_exists(folder.file("history.csv")));
  CHECK_FALSE(file_exists(folder.file("validation.csv")));
  CHECK_THROWS(log_epoch(*space, kSecond, {}, std::vector<SubnetScore>(3), progress));
}
