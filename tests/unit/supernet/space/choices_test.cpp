#include "supernet/space/choices.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

std::vector<int64_t> read(const std::string& yaml, std::vector<int64_t> choices = {3}) {
  read_choices(ConfigNode::parse(yaml, "c.yaml"), "kernel", choices, {.min = 0, .max = 31});
  return choices;
}

std::string read_error(const std::string& yaml) {
  return error_text<ConfigError>([&] { read(yaml); });
}

}  // namespace

TEST_CASE("choices come sorted from small to large") {
  CHECK(read("kernel: [7, 3, 5]") == std::vector<int64_t>{3, 5, 7});
  std::vector<double> ratios;
  read_choices(ConfigNode::parse("e: [6, 0.25, 3]", "c.yaml"), "e", ratios, {});
  CHECK(ratios == std::vector<double>{0.25, 3, 6});
}

TEST_CASE("an absent field keeps its default choices") {
  CHECK(read("other: 1", {3, 5}) == std::vector<int64_t>{3, 5});
}

TEST_CASE("an empty list of choices is refused") {
  CHECK(read_error("kernel: []") == "c.yaml:1:9: kernel: must hold at least one choice");
}

TEST_CASE("a choice given twice is refused") {
  CHECK(read_error("kernel: [3, 5, 3]") == "c.yaml:1:9: kernel: holds 3 twice");
}

TEST_CASE("more choices than an arch can count are refused") {
  std::string yaml = "kernel: [0";
  for (int i = 1; i <= 100; ++i) yaml += str(", ", i);
  std::vector<int64_t> sizes;
  CHECK(error_text<ConfigError>([&] {
          read_choices(ConfigNode::parse(yaml + "]", "c.yaml"), "kernel", sizes, {});
        }) == "c.yaml:1:9: kernel: must hold at most 100 choices, got 101");
}

TEST_CASE("the rule holds for every choice") {
  CHECK(read_error("kernel: [3, 33]").find("must be in [0, 31], got 33") != std::string::npos);
}
