// Published latency tables on made-up files; tests/golden/published_search_test.cpp has real ones.
#include "hardware_profiles/published_table.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

/// A stem, one bottleneck without and one with a gate, a classifier.
std::unique_ptr<SearchSpace> tiny() { return test::space_of(test::kTinyMobileNet); }

std::string entry(const std::string& key, double ms) {
  return str(key, ":\n  count: 5\n  mean: ", number(ms), "\n  std: 0.1\n");
}

const std::string kTable =
    entry("Conv-input:16x16x1-output:8x8x8", 1) +
    entry("expanded_conv-input:8x8x8-output:8x8x16-expand:16-kernel:3-stride:1-idskip:0-se:0-hs:0",
          2) +
    entry("expanded_conv-input:8x8x16-output:4x4x24-expand:48-kernel:3-stride:2-idskip:0-se:1-hs:0",
          4) +
    entry("Logits-input:4x4x24-output:10", 8);

}  // namespace

TEST_CASE("a network's latency is the sum of its layers in a published table") {
  const test::TempDir folder;
  write_file(folder.file("t.yaml"), kTable);
  const auto space = tiny();
  const NetworkSpec spec = space->lower(space->parse("ks=3 e=2,0,3 d=1,1 r=16"));
  CHECK(hw::PublishedTable::load(folder.file("t.yaml")).latency_ms(spec) == Approx(15));
}

TEST_CASE("a layer that a published table lacks is named, with the nearest short name") {
  const test::TempDir folder;
  write_file(folder.file("t.yaml"), kTable);
  const hw::PublishedTable table = hw::PublishedTable::load(folder.file("t.yaml"));
  const auto space = tiny();
  const NetworkSpec kernel = space->lower(space->parse("ks=5,0,3 e=2,0,3 d=1,1 r=16"));
  CHECK(error_text<Error>([&] { table.latency_ms(kernel); }) ==
        folder.file("t.yaml") +
            ": has no latency of 'expanded_conv-input:8x8x8-output:8x8x16-expand:16-kernel:5-"
            "stride:1-idskip:0-se:0-hs:0'");
  const NetworkSpec larger = space->lower(space->parse("ks=3 e=2,0,3 d=1,1 r=20"));
  CHECK(error_text<Error>([&] { table.latency_ms(larger); }) ==
        folder.file("t.yaml") +
            ": has no latency of 'Conv-input:20x20x1-output:10x10x8'; nearest: "
            "'Conv-input:16x16x1-output:8x8x8'");
}

TEST_CASE("tables of the ProxylessNAS form are read by expansion ratio") {
  const test::TempDir folder;
  write_file(
      folder.file("t.yaml"),
      entry("Conv-input:16x16x1-output:8x8x8", 1) +
          entry("expanded_conv-input:8x8x8-output:8x8x16-expand:2-kernel:3-stride:1-idskip:0", 2) +
          entry("expanded_conv-input:8x8x16-output:4x4x24-expand:3-kernel:3-stride:2-idskip:0", 4) +
          entry("Logits-input:4x4x24-output:10", 8));
  const auto space = tiny();
  const NetworkSpec spec = space->lower(space->parse("ks=3 e=2,0,3 d=1,1 r=16"));
  CHECK(hw::PublishedTable::load(folder.file("t.yaml")).latency_ms(spec) == Approx(15));
}

TEST_CASE("files that are no published table are refused") {
  const test::TempDir folder;
  write_file(folder.file("empty.yaml"), "{}\n");
  CHECK_THROWS_AS(hw::PublishedTable::load(folder.file("empty.yaml")), IoError);
  write_file(folder.file("bad.yaml"), "Conv:\n  mean: fast\n");
  CHECK_THROWS_AS(hw::PublishedTable::load(folder.file("bad.yaml")), ConfigError);
}
