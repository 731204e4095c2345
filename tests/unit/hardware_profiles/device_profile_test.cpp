// Datasheets: reading them strictly, and the shipped ones.
#include "hardware_profiles/device_profile.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

const std::string kSheet = R"(format_version: 1
device: "a board"
processor: cpu
figures:
  f32_gmacs_per_s: {value: 24, source: "page 1"}
  f16_gmacs_per_s: {value: 48, source: "page 1"}
  memory_gbytes_per_s: {value: 4, source: "page 2"}
  cache_bytes: {value: 1048576, source: "page 2"}
  cores: {value: 4, source: "page 1"}
  node_us: {value: 5, source: "estimate"}
  network_us: {value: 50, source: "estimate"}
)";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kSheet;
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  return test::error_text<IoError>([&] { DeviceProfile::parse(text, "my_board.yaml"); });
}

}  // namespace

TEST_CASE("a datasheet's figures keep their values and sources") {
  const DeviceProfile sheet = DeviceProfile::parse(kSheet, "somewhere/my_board.yaml");
  CHECK(sheet.name == "my_board");
  CHECK(sheet.device == "a board");
  CHECK(sheet.processor == "cpu");
  CHECK(sheet.figures.at("memory_gbytes_per_s").source == "page 2");
  CHECK(sheet.value("f16_gmacs_per_s") == 48);
  CHECK(sheet.value("memory_bytes", -1) == -1);
}

TEST_CASE("a roofline is a datasheet at one precision") {
  const DeviceProfile sheet = DeviceProfile::parse(kSheet, "my_board.yaml");
  const Roofline half = sheet.roofline(Precision::f16);
  CHECK(half.gmacs_per_s == 48);
  CHECK(half.gbytes_per_s == 4);
  CHECK(half.cache_bytes == 1048576);
  CHECK(half.cache_gbytes_per_s == 0);
  CHECK(half.node_us == 5);
  CHECK(half.network_us == 50);
  CHECK(half.folds);
  CHECK(sheet.roofline(Precision::f32).gmacs_per_s == 24);
  CHECK(sheet.roofline(Precision::f32, 1).gmacs_per_s == 6);
  CHECK(sheet.roofline(Precision::f32, 8).gmacs_per_s == 24);
  CHECK_THROWS_WITH(sheet.roofline(Precision::bf16),
                    "device profile 'my_board' has no bf16_gmacs_per_s; it has f16, f32");
}

TEST_CASE("what is wrong in a datasheet is refused by place") {
  CHECK(refusal(changed("format_version: 1", "format_version: 2")) ==
        "my_board.yaml:1:17: format_version: this build reads 1, got 2");
  CHECK(refusal(changed("value: 24", "value: -24")) ==
        "my_board.yaml:5:28: figures.f32_gmacs_per_s.value: must be in [1e-06, 1000000000], got "
        "-24");
  CHECK(refusal(changed("\"page 1\"", "\"\"")).find("must say where the figure comes from") !=
        std::string::npos);
  CHECK(refusal(changed(", source: \"page 1\"", "")).find("source: is missing") !=
        std::string::npos);
  CHECK(refusal(changed("  memory_gbytes_per_s: {value: 4, source: \"page 2\"}\n", ""))
            .find("figures: has no memory_gbytes_per_s (bandwidth of the memory, 10^9 bytes/s)") !=
        std::string::npos);
  CHECK(refusal(changed("  cores: {value: 4, source: \"page 1\"}\n", ""))
            .find("has no cores, which a cpu's peaks are the sum of") != std::string::npos);
  CHECK(refusal(changed("f16_gmacs_per_s", "f16_flops")).find("f16_flops") != std::string::npos);
  CHECK(refusal(changed("processor: cpu", "processor: tpu")).find("one of cpu, gpu") !=
        std::string::npos);
  CHECK_FALSE(refusal("").empty());
}

TEST_CASE("every shipped datasheet is read, and is faster for smaller networks") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const NetworkSpec small = space->lower(space->smallest());
  const NetworkSpec large = space->lower(space->largest());
  const std::vector<std::string> names = profile_names();
  CHECK(names.size() >= 15);
  for (const std::string& name : names) {
    INFO(name);
    const DeviceProfile sheet = find_profile(name);
    CHECK(sheet.name == name);
    const Roofline roofline = sheet.roofline(Precision::f32);
    CHECK(network_ms(roofline, small) < network_ms(roofline, large));
    CHECK(network_ms(roofline, small) > 0.1);
    CHECK(network_ms(roofline, large) < 1000);
  }
}

TEST_CASE("shipped datasheets order devices as they are known to be") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const NetworkSpec large = space->lower(space->largest(), {.batch = 64});
  double before = 1e9;
  for (const char* name : {"raspberry_pi_4", "raspberry_pi_5", "jetson_nano", "jetson_orin_nano",
                           "t4", "titan_rtx", "a100", "h100"}) {
    INFO(name);
    const double ms = network_ms(find_profile(name).roofline(Precision::f32), large);
    CHECK(ms < before);
    before = ms;
  }
}
