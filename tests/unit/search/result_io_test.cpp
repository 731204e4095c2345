#include "search/result_io.h"

#include <cmath>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::TempDir;
using test::ToySpace;

SearchResult example(const ToySpace& space) {
  SearchResult r;
  r.space = "toy";
  r.strategy = "evolution";
  r.seed = -4;
  r.metrics = {"accuracy", "latency_ms", "macs"};
  r.best = {space.parse("d=2 ks=5 e=4 r=20"), {0.9, 7.5, 3e8}};
  r.front = {r.best, {space.smallest(), {0.8, 1.0 / 3, 1e8}}};
  r.history = {{0, 1, 0.8, 1, 0, 0.8}, {1, 1, 0.8, 0, 3, std::nan("")}};
  r.constraints = {{{"latency_ms", 8, "pixel"}, 7.5, true}};
  r.evaluations = 200;
  r.seconds = 4;
  r.threads = 2;
  return r;
}

TEST_CASE("result.yaml is what others read") {
  const ToySpace space;
  const TempDir dir;
  write_result(example(space), space, dir.path());
  CHECK(read_file(dir.file("result.yaml")) ==
        "format_version: 1\n"
        "space: \"toy\"\n"
        "strategy: \"evolution\"\n"
        "seed: -4\n"
        "evaluations: 200\n"
        "best:\n"
        "  arch: \"d=2 ks=5,5,0 e=4,4,0 r=20\"\n"
        "  accuracy: 0.9\n"
        "  latency_ms: 7.5\n"
        "  macs: 300000000\n"
        "constraints:\n"
        "  - metric: \"latency_ms\"\n"
        "    device: \"pixel\"\n"
        "    limit: 8\n"
        "    value: 7.5\n"
        "    satisfied: true\n");
  CHECK(read_file(dir.file("front.csv")) ==
        "arch,accuracy,latency_ms,macs\n"
        "\"d=2 ks=5,5,0 e=4,4,0 r=20\",0.9,7.5,300000000\n"
        "\"d=1 ks=3,0,0 e=2,0,0 r=16\",0.8,0.3333333333333333,100000000\n");
  CHECK(read_file(dir.file("history.csv")) ==
        "generation,evaluations,best,mean,scored,infeasible\n0,1,0.8,0.8,1,0\n1,1,0.8,,0,3\n");
}

TEST_CASE("a proven bound is written and read back, and is absent where there is none") {
  const ToySpace space;
  const TempDir dir;
  SearchResult r = example(space);
  r.upper_bound = 0.925;
  r.gap = 0.025;
  write_result(r, space, dir.path());
  CHECK(read_file(dir.file("result.yaml")).find("upper_bound: 0.925\ngap: 0.025\n") !=
        std::string::npos);
  CHECK(read_result(dir.file("result.yaml")).upper_bound == 0.925);
  CHECK(read_result(dir.file("result.yaml")).gap == 0.025);
  write_result(example(space), space, dir.path());
  CHECK_FALSE(read_result(dir.file("result.yaml")).upper_bound.has_value());
  CHECK_FALSE(read_result(dir.file("result.yaml")).gap.has_value());
}

TEST_CASE("the files read back") {
  const ToySpace space;
  const TempDir dir;
  write_result(example(space), space, dir.path());
  const StoredResult r = read_result(dir.file("result.yaml"));
  CHECK(r.space == "toy");
  CHECK(r.strategy == "evolution");
  CHECK(r.seed == -4);
  CHECK(r.evaluations == 200);
  CHECK(space.parse(r.best.arch) == example(space).best.arch);
  CHECK(r.best.values ==
        std::map<std::string, double>{{"accuracy", 0.9}, {"latency_ms", 7.5}, {"macs", 3e8}});
  REQUIRE(r.constraints.size() == 1);
  CHECK(r.constraints[0].limit.text() == "latency_ms <= 8 on 'pixel'");
  CHECK(r.constraints[0].satisfied);
  const std::vector<StoredArch> front = read_front(dir.file("front.csv"));
  REQUIRE(front.size() == 2);
  CHECK(space.parse(front[1].arch) == space.smallest());
  CHECK(front[1].values.at("latency_ms") == 1.0 / 3);
  const StoredTiming timing = read_timing(dir.file("timing.yaml"));
  CHECK(timing.seconds == 4);
  CHECK(timing.evaluations_per_second == 50);
  CHECK(timing.threads == 2);
}

TEST_CASE("limits for several devices take the form of a map") {
  const ToySpace space;
  const TempDir dir;
  SearchResult r = example(space);
  r.metrics = {"accuracy", "latency_ms.note10", "macs", "latency_ms.pixel1"};
  r.best.values = {0.9, 7.5, 3e8, 9};
  r.front.clear();
  r.constraints = {};
  write_result(r, space, dir.path());
  CHECK(read_file(dir.file("result.yaml"))
            .find("  latency_ms:\n    \"note10\": 7.5\n"
                  "    \"pixel1\": 9\n  macs: 300000000\n") != std::string::npos);
  const StoredResult back = read_result(dir.file("result.yaml"));
  CHECK(back.best.values.at("latency_ms.pixel1") == 9);
  CHECK(back.constraints.empty());
}

TEST_CASE("nothing that varies from run to run is in the files that are compared") {
  const ToySpace space;
  const TempDir a, b;
  SearchResult r = example(space);
  write_result(r, space, a.path());
  r.seconds = 5;
  r.threads = 7;
  write_result(r, space, b.path());
  for (const char* name : {"result.yaml", "front.csv", "history.csv"}) {
    CHECK(read_file(a.file(name)) == read_file(b.file(name)));
  }
  for (const std::string& name : result_files(r)) CHECK(std::filesystem::exists(a.file(name)));
  CHECK_FALSE(std::filesystem::exists(a.file("sweep.csv")));
  r.by_limit = {{{"latency_ms", 2, ""}, r.front[1]}, {{"latency_ms", 8, ""}, r.best}};
  write_result(r, space, a.path());
  for (const std::string& name : result_files(r)) CHECK(std::filesystem::exists(a.file(name)));
  const Csv sweep = Csv::load(a.file("sweep.csv"));
  CHECK(sweep.header ==
        std::vector<std::string>{"limit", "arch", "accuracy", "latency_ms", "macs"});
  REQUIRE(sweep.rows.size() == 2);
  CHECK(sweep.rows[0][0] == "2");
  CHECK(space.parse(sweep.rows[1][1]) == r.best.arch);
}

TEST_CASE("files that cannot be used are errors naming the place") {
  const TempDir dir;
  write_file(dir.file("result.yaml"), "format_version: 2\n");
  CHECK(error_text<ConfigError>([&] { read_result(dir.file("result.yaml")); }) ==
        dir.file("result.yaml") + ":1:17: format_version: must be 1, got 2");
  write_file(dir.file("front.csv"), "arch,accuracy\nd=1,high\n");
  CHECK(error_text<IoError>([&] { read_front(dir.file("front.csv")); }) ==
        dir.file("front.csv") + ":2: accuracy must be a number, got 'high'");
  write_file(dir.file("front.csv"), "name,accuracy\n");
  CHECK_THROWS_AS(read_front(dir.file("front.csv")), IoError);
  CHECK_THROWS_AS(read_timing(dir.file("absent.yaml")), IoError);
}

}  // namespace
}  // namespace tailor::search
