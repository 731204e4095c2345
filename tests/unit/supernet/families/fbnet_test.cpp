#include <cmath>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "supernet/space/search_space.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::block_names;
using tailor::test::shipped_space;
using tailor::test::space_of;

namespace {

std::string config_error(const std::string& yaml) {
  return test::error_text<ConfigError>([&] { space_of("family: fbnet\n" + yaml); });
}

/// A network of one place from 16 to `out` channels on a 4x4 map behind a stem of stride 1.
std::unique_ptr<SearchSpace> one_place(const std::string& stage) {
  return space_of(
      "family: fbnet\nclasses: 10\nchannels: 1\nresolutions: [4]\nstem: {width: 16, stride: 1}\n"
      "head: 8\nstages:\n  - " +
      stage + "\n");
}

int64_t place_macs(const SearchSpace& space, const std::string& choice) {
  for (const BlockUse& use : space.lower(space.parse("op=" + choice + " r=4")).blocks) {
    if (use.block->name == "stage1.block1") return use.block->macs;
  }
  return 0;
}

}  // namespace

TEST_CASE("fbnet's space is nine choices at 22 places") {
  const auto space = shipped_space("fbnet");
  CHECK(space->groups() == std::vector<std::string>{"op", "r"});
  CHECK(space->count() == Approx(std::pow(9.0, 22)));
  CHECK(space->lower(space->largest()).blocks.size() == 1 + 22 + 2);
}

TEST_CASE("fbnet skips by nothing, or by a convolution where width or size change") {
  const auto space = shipped_space("fbnet");
  const NetworkSpec least = space->lower(space->smallest());
  CHECK(block_names(least) == std::vector<std::string>{"stem", "stage2.block1", "stage3.block1",
                                                       "stage4.block1", "stage5.block1",
                                                       "stage6.block1", "stage7.block1", "head",
                                                       "classifier"});
  CHECK(least.blocks[1].block->nodes.size() == 3);
  CHECK(least.blocks[1].block->output() == Shape{1, 24, 56, 56});
  CHECK(least.blocks[6].block->output() == Shape{1, 352, 7, 7});
}

TEST_CASE("fbnet's blocks hold what their names say") {
  const auto same = one_place("{width: 16, blocks: 1}");
  CHECK(place_macs(*same, "skip") == 0);
  CHECK(place_macs(*same, "k3_e1") == 16 * (16 * 16 + 16 * 9 + 16 * 16));
  CHECK(place_macs(*same, "k5_e6") == 16 * (16 * 96 + 96 * 25 + 96 * 16));
  CHECK(place_macs(*same, "k3_e1_g2") == 16 * (16 * 8 + 16 * 9 + 16 * 8));
  const auto wider = one_place("{width: 32, stride: 2, blocks: 1}");
  CHECK(place_macs(*wider, "skip") == 4 * 16 * 32);
  CHECK(place_macs(*wider, "k3_e3") == 16 * 16 * 48 + 4 * (48 * 9 + 48 * 32));
  std::vector<std::string> kinds;
  const NetworkSpec network = same->lower(same->parse("op=k5_e1_g2 r=4"));
  for (const Node& node : network.blocks[1].block->nodes) kinds.emplace_back(node.op->kind());
  CHECK(kinds == std::vector<std::string>{"conv2d", "batch_norm", "activation", "channel_shuffle",
                                          "conv2d", "batch_norm", "activation", "conv2d",
                                          "batch_norm", "add"});
}

TEST_CASE("each of fbnet's choices has weights of its own") {
  const auto space = one_place("{width: 16, blocks: 1}");
  for (const std::string choice : {"k3_e1", "k5_e1_g2"}) {
    const NetworkSpec network = space->lower(space->parse("op=" + choice + " r=4"));
    for (const Node& node : network.blocks[1].block->nodes) {
      for (const WeightRef& ref : node.weights) {
        INFO(ref.name);
        CHECK(ref.name.starts_with("stage1.block1." + choice + "."));
      }
    }
  }
}

TEST_CASE("fbnet's config errors say what a choice may be") {
  const std::string stages = "stages:\n  - {width: 16}\n";
  CHECK_THAT(config_error("choices: [skip, k4_e1]\n" + stages),
             Catch::Contains("with an odd kernel, got 'k4_e1'"));
  CHECK_THAT(config_error("choices: [k3_e1_x2]\n" + stages), Catch::Contains("got 'k3_e1_x2'"));
  CHECK_THAT(config_error("choices: [skip, skip]\n" + stages),
             Catch::Contains("must hold each text once, got 'skip' twice"));
  CHECK_THAT(config_error("choices: [k3_e1_g5]\n" + stages),
             Catch::Contains("'k3_e1_g5' wants widths that divide into 5 groups, got 16"));
  CHECK_THAT(config_error("choices: [skip]\n"), Catch::Contains("at least one stage"));
}
