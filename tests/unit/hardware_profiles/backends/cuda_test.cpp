// The GPU's backend: options; and, where there is a GPU, networks of each precision.
// covers: hardware_profiles/backends/cuda_device.cpp
// covers: hardware_profiles/backends/cuda_network.cpp
// covers: hardware_profiles/backends/cuda_program.cpp
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "hardware_profiles/backends/cuda_network.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

std::unique_ptr<hw::DeviceBackend> cuda(const std::string& options = "") {
  hw::DeviceRegistry devices = hw::builtin_devices();
  hw::add_native_backends(devices);
  return devices.create("cuda", ConfigNode::parse(options, "cuda.yaml"));
}

/// Empty when there is a GPU, else why not.
std::string missing() {
  const std::string text = test::error_text<DeviceError>([] { cuda(); });
  return text == "(nothing was thrown)" ? "" : text;
}

std::vector<float> output(const NetworkSpec& spec, const hw::CudaOptions& options) {
  const NetworkSpec whole = standalone(spec);
  hw::CudaNetwork network(whole, hw::random_weights(whole, Rng(1)), options);
  std::vector<float> input(static_cast<size_t>(numel(whole.inputs[0])));
  Rng rng(2);
  for (float& value : input) value = static_cast<float>(rng.uniform());
  return network.run(input);
}

}  // namespace

TEST_CASE("options out of range are refused, GPU or not") {
  CHECK_THROWS_AS(cuda("precision: f64"), ConfigError);
  CHECK_THROWS_AS(cuda("batch: 0"), ConfigError);
  CHECK_THROWS_AS(cuda("threads: 1"), ConfigError);
}

TEST_CASE("without a GPU one line says so") {
  const std::string why = missing();
  if (why.empty()) return;
  CHECK(why.find("cuda: no device: ") == 0);
  CHECK(why.find("profile on a machine with an NVIDIA GPU and its driver") != std::string::npos);
  CHECK(why.find('\n') == std::string::npos);
}

TEST_CASE("half precision and single graphs compute what float32 does") {
  if (const std::string why = missing(); !why.empty()) {
    WARN(why);
    return;
  }
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet, test::kTinyXception}) {
    const auto space = test::space_of(yaml);
    const NetworkSpec spec = space->lower(space->largest(), {.batch = 2});
    const std::vector<float> want = output(spec, {.batch = 2, .graph = false});
    CHECK(output(spec, {.batch = 2}) == want);
    for (const Precision precision : {Precision::f16, Precision::bf16}) {
      const auto got = output(spec, {.batch = 2, .precision = precision});
      REQUIRE(got.size() == want.size());
      double scale = 0, worst = 0;
      for (size_t i = 0; i < got.size(); ++i) {
        scale = std::max(scale, std::abs(static_cast<double>(want[i])));
        worst = std::max(worst, std::abs(static_cast<double>(got[i] - want[i])));
      }
      CHECK(worst < 0.05 * scale);
    }
  }
}
