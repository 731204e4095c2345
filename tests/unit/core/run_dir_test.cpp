#include "core/run_dir.h"

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("a finished stage is done for its hash while its files are untouched") {
  const test::TempDir dir;
  {
    RunDir run(dir.file("run"));
    CHECK_FALSE(run.stage_done("train", "h1"));
    CHECK_FALSE(run.stage_begun("train", "h1"));
    CHECK(run.stage_seconds("train") < 0);
    run.begin_stage("train", "h1", {"train/checkpoint"});
    CHECK(run.stage_begun("train", "h1"));
    CHECK_FALSE(run.stage_done("train", "h1"));
    CHECK(run.stage_fingerprint("train") == "");
    write_file(run.file("train/checkpoint"), std::string(3 << 20, 'w'));
    run.finish_stage("train", "h1", {"train/checkpoint"}, 2.5);
  }
  RunDir run(dir.file("run"));
  CHECK(run.stage_done("train", "h1"));
  CHECK_FALSE(run.stage_done("train", "h2"));
  CHECK(run.stage_seconds("train") == 2.5);
  const std::string fingerprint = run.stage_fingerprint("train");
  CHECK(fingerprint.size() == 16);
  write_file(run.file("train/checkpoint"), "other");
  CHECK_FALSE(run.stage_done("train", "h1"));
  std::filesystem::remove(run.file("train/checkpoint"));
  CHECK_FALSE(run.stage_done("train", "h1"));
  write_file(run.file("train/checkpoint"), "other");
  run.finish_stage("train", "h1", {"train/checkpoint"}, 1);
  CHECK(run.stage_fingerprint("train") != fingerprint);
}

TEST_CASE("partial files stay for the same hash and go for another") {
  const test::TempDir dir;
  RunDir run(dir.path());
  run.begin_stage("train", "h1", {"train/part", "train/more"});
  write_file(run.file("train/part"), "x");
  write_file(run.file("train/more/inside"), "x");
  run.begin_stage("train", "h1", {"train/part", "train/more"});
  CHECK(file_exists(run.file("train/part")));
  run.begin_stage("train", "h2", {"train/part", "train/more"});
  CHECK_FALSE(file_exists(run.file("train/part")));
  CHECK_FALSE(file_exists(run.file("train/more")));
  CHECK(file_exists(run.file("train")));
}

TEST_CASE("names outside the folder are refused") {
  const test::TempDir dir;
  RunDir run(dir.file("run"));
  write_file(dir.file("mine"), "x");
  for (const std::string& name : {std::string("../mine"), dir.file("mine"), std::string()}) {
    CHECK_THROWS_AS(run.begin_stage("s", "h", {name}), Error);
    CHECK_THROWS_AS(run.finish_stage("s", "h", {name}, 1), Error);
  }
  CHECK(file_exists(dir.file("mine")));
}

TEST_CASE("a folder has one user") {
  const test::TempDir dir;
  auto first = std::make_unique<RunDir>(dir.path());
  CHECK(error_text<IoError>([&] { RunDir second(dir.path()); }) ==
        dir.path() +
            ": another process is using this run folder; wait for it to end or choose "
            "another --run-dir");
  first.reset();
  CHECK_NOTHROW(RunDir(dir.path()));
}

TEST_CASE("a run folder that cannot be used says why") {
  const test::TempDir dir;
  write_file(dir.file("plain"), "x");
  CHECK(error_text<IoError>([&] { RunDir run(dir.file("plain")); }) ==
        dir.file("plain") + ": is not a folder; choose another --run-dir");
  CHECK(error_text<IoError>([&] { RunDir run(dir.file("plain/run")); }) ==
        dir.file("plain/run") + ": cannot make the folder: Not a directory");
  write_file(dir.file("stages.yaml"), "format: 2\n");
  CHECK(error_text<ConfigError>([&] { RunDir run(dir.path()); }) ==
        dir.file("stages.yaml") + ":1:9: format: must be in [1, 1], got 2");
  write_file(dir.file("stages.yaml"), "format: 1\nstages:\n  a: {files: [x]}\n");
  CHECK(error_text<ConfigError>([&] { RunDir run(dir.path()); }) ==
        dir.file("stages.yaml") + ":3:6: stages.a.checksums: must be as many as the files");
  std::filesystem::remove(dir.file("stages.yaml"));
  RunDir run(dir.path());
  CHECK(error_text<IoError>([&] { run.finish_stage("s", "h", {"none"}, 1); }) ==
        dir.file("none") + ": cannot read the file for its checksum");
}

TEST_CASE("events are JSON lines with numbers as numbers") {
  const test::TempDir dir;
  RunDir run(dir.path());
  run.event("stage",
            {{"name", "train \"x\"\n"}, {"seconds", "2.5"}, {"count", "3"}, {"bad", "\xff"}});
  run.event("end", {});
  const std::string text = read_file(run.file("events.jsonl"));
  CHECK_THAT(text, Catch::Matchers::StartsWith("{\"time\":\"20"));
  CHECK_THAT(text, Catch::Matchers::Contains(
                       "Z\",\"event\":\"stage\",\"name\":\"train \\\"x\\\"\\n\",\"seconds\":2.5,"
                       "\"count\":3,\"bad\":\"\xef\xbf\xbd\"}\n{"));
  CHECK_THAT(text, Catch::Matchers::EndsWith("\"event\":\"end\"}\n"));
}
