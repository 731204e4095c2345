// Latency corrections as files.
#include "core/error.h"
#include "predictors/latency_correction.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

LatencyCorrection sample() {
  LatencyCorrection out;
  out.subset = "scale + blocks";
  out.coefficients = {0, 1.0 / 3, -0.125, 0};
  out.residual_model = {0.01, {{"choices", {{"r=16", -0.02}, {"r=\"20\"", 1.0 / 3}}}}};
  out.min_ratio = 0.3;
  out.max_ratio = 1.7;
  out.residual = 0.02;
  out.device = "a CPU, stub 1";
  out.networks = {{"ks=3 r=16", {2.5, 7, 40}, 2.25}, {"ks=5 r=16", {3.5, 8, 44}, 1.0 / 7}};
  return out;
}

std::string refusal(const std::string& from, const std::string& to) {
  std::string text = sample().text();
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  return test::error_text<IoError>([&] { LatencyCorrection::parse(text, "latency.yaml"); });
}

}  // namespace

TEST_CASE("a correction reads back to the bit") {
  const test::TempDir dir;
  sample().save(dir.file("fit/latency.yaml"));
  const LatencyCorrection again = LatencyCorrection::load(dir.file("fit/latency.yaml"));
  CHECK(again.text() == sample().text());
  CHECK(again.coefficients == sample().coefficients);
  CHECK(again.residual_model.weights == sample().residual_model.weights);
  CHECK(again.networks.size() == 2);
  CHECK(again({2.5, 7, 40}) == sample()({2.5, 7, 40}));
}

TEST_CASE("one that was never fitted reads back") {
  const LatencyCorrection again =
      LatencyCorrection::parse(LatencyCorrection{}.text(), "latency.yaml");
  CHECK(again.networks.empty());
  CHECK(again({4, 1, 1}) == 4);
}

TEST_CASE("another version or unit is refused by place") {
  CHECK(refusal("format_version: 2", "format_version: 1") ==
        "latency.yaml:1:17: format_version: this build reads 2, got 1; fit again");
  CHECK(refusal("unit: ms", "unit: s").find("must be ms") != std::string::npos);
}

TEST_CASE("numbers out of range, unknown and missing fields are refused") {
  CHECK(refusal("blocks: -0.125", "blocks: .nan").find("coefficients.blocks") != std::string::npos);
  CHECK(refusal("max_ratio: 1.7", "max_ratio: 0.1").find("max_ratio") != std::string::npos);
  CHECK(refusal("residual: 0.02", "residual: -1").find("residual") != std::string::npos);
  CHECK(refusal("measured_ms: 2.25", "measured_ms: 0").find("measured_ms") != std::string::npos);
  CHECK(refusal("subset:", "set:").find("subset") != std::string::npos);
}
