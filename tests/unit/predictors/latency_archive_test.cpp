#include "predictors/latency_archive.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/latency_samples.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

LatencyArchive fbnet(const std::string& rows) {
  const auto space = test::space_of(test::kTinyFbnet);
  const ArchiveFormat format{.codes = {{"op", {"k3_e1_g2", "k5_e3", "skip"}}}};
  return parse_latency_archive(*space, format, "op0,op1,note,op2,a_ms,b_ms\n" + rows, "f.csv");
}

std::string fbnet_error(const std::string& rows) {
  return test::error_text<IoError>([&] { fbnet(rows); });
}

}  // namespace

TEST_CASE("an archive gives archs and a column a device") {
  const auto space = test::space_of(test::kTinyFbnet);
  const LatencyArchive archive = fbnet("0,1,x,2,1.5,20\n2,2,x,0,1,1e1\n");
  CHECK(space->print(archive.archs[0]) == "op=k3_e1_g2,k5_e3,skip r=16");
  CHECK(space->print(archive.archs[1]) == "op=skip,skip,k3_e1_g2 r=16");
  CHECK(archive.devices == std::vector<std::string>{"a", "b"});
  CHECK(archive.latency_ms[archive.device("b")] == std::vector<double>{20, 10});
  CHECK_THROWS_WITH(archive.device("c"), Catch::Contains("unknown device 'c'"));
}

TEST_CASE("an archive's own names of groups are translated") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const LatencyArchive archive = parse_latency_archive(
      *space, help_ofa_format(), "r,d0,d1,k0,k1,k2,e0,e1,e2,x_ms\n20,1,1,5,0,3,2,0,3,7\n", "m.csv");
  CHECK(space->print(archive.archs.at(0)) == "ks=5,0,3 e=2,0,3 d=1,1 r=20");
}

TEST_CASE("archs may stand in one column, as in the networks of a run") {
  const auto space = test::space_of(test::kTinyFbnet);
  const LatencyArchive archive = parse_latency_archive(
      *space, {}, "arch,measured_ms,spread\n\"op=k3_e1_g2,k5_e3,skip r=16\",2.5,0.1\n", "n.csv");
  CHECK(space->print(archive.archs.at(0)) == "op=k3_e1_g2,k5_e3,skip r=16");
  CHECK(archive.devices == std::vector<std::string>{"measured"});
  CHECK(archive.latency_ms[0] == std::vector<double>{2.5});
  CHECK_THROWS_WITH(parse_latency_archive(*space, {}, "arch,a_ms\nop=nothing,1\n", "n.csv"),
                    Catch::Contains("n.csv:2: "));
}

TEST_CASE("sources of latency are one archive and tables") {
  const auto space = test::space_of(test::kTinyFbnet);
  const test::TempDir dir;
  write_file(dir.file("a.csv"), "arch,x_ms\n\"op=k3_e1_g2,k5_e3,skip r=16\",2.5\n");
  const std::vector<std::string> one = {dir.file("a.csv")}, two = {one[0], one[0]};
  CHECK(read_latency_sources(*space, {}, one, {}, Rng(1)).devices == std::vector<std::string>{"x"});
  CHECK_THROWS_WITH(read_latency_sources(*space, {}, two, {}, Rng(1)),
                    Catch::Contains("there can be one beside"));
  CHECK_THROWS_AS(read_latency_sources(*space, {}, std::vector{dir.file("t.yaml")}, {}, Rng(1)),
                  IoError);
}

TEST_CASE("an archive's errors name file and line") {
  CHECK(fbnet_error("0,1,x,3,1,1\n") == "f.csv:2: op: code '3' is not in 0..2");
  CHECK(fbnet_error("0,1,x,2,1,1\n0,1,x,2,1,-4\n") ==
        "f.csv:3: b_ms must be a number above 0, got '-4'");
  CHECK(fbnet_error("0,1,x,2,abc,1\n") == "f.csv:2: a_ms must be a number above 0, got 'abc'");
  CHECK(fbnet_error("") ==
        "f.csv: must hold rows with a column whose name ends in '_ms', got 0 rows and columns op0, "
        "op1, note, op2, a_ms, b_ms");
  const auto space = test::space_of(test::kTinyFbnet);
  CHECK_THROWS_WITH(parse_latency_archive(*space, {}, "op0,op1,a_ms\n1,1,1\n", "f.csv"),
                    Catch::Contains("f.csv") && Catch::Contains("op2"));
}

TEST_CASE("the public archives are read whole") {
  if (test::public_archives().empty()) {
    WARN("skipped: no ../shared/data/latency beside the project");
    return;
  }
  const auto space = test::shipped_space("fbnet_cifar");
  const LatencyArchive archive = read_latency_archive(
      *space, help_fbnet_format(), test::public_archives() + "/fbnet_latency.csv");
  CHECK(archive.archs.size() == 5000);
  CHECK(archive.devices.size() == 9);
}
