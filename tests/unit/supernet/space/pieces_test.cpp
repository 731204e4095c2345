#include "supernet/space/pieces.h"

#include "supernet/ops/norms.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

std::vector<const Block*> blocks_of(const NetworkSpec& spec) {
  std::vector<const Block*> out;
  for (const BlockUse& use : spec.blocks) out.push_back(use.block.get());
  return out;
}

size_t common_beginning(const NetworkSpec& a, const NetworkSpec& b) {
  size_t n = 0;
  while (n < std::min(a.blocks.size(), b.blocks.size()) && a.blocks[n].block == b.blocks[n].block &&
         a.blocks[n].inputs == b.blocks[n].inputs) {
    ++n;
  }
  return n;
}

}  // namespace

TEST_CASE("pieces hold the same operations, weights and cost, wired to what they read") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    const NetworkSpec whole = space->lower(space->largest());
    PieceCutter cutter;
    const NetworkSpec cut = cutter.cut(whole);
    CHECK(cut.inputs == whole.inputs);
    CHECK(cut.output() == whole.output());
    std::vector<std::string> before, after;
    int64_t macs = 0, pieces_macs = 0;
    for (const BlockUse& use : whole.blocks) {
      macs += use.block->macs;
      for (const Node& node : use.block->nodes) before.push_back(node.op->text());
    }
    std::vector<Shape> values = cut.inputs;
    for (const BlockUse& use : cut.blocks) {
      pieces_macs += use.block->macs;
      REQUIRE(use.inputs.size() == use.block->inputs.size());
      for (size_t i = 0; i < use.inputs.size(); ++i) {
        CHECK(values.at(static_cast<size_t>(use.inputs[i])) == use.block->inputs[i]);
      }
      values.push_back(use.block->output());
      for (const Node& node : use.block->nodes) after.push_back(node.op->text());
    }
    CHECK(before == after);
    CHECK(macs == pieces_macs);
  }
}

TEST_CASE("a convolution keeps the norm and activation behind it, anything else stands alone") {
  const auto space = test::space_of(test::kTinyMobileNet);
  PieceCutter cutter;
  size_t norms = 0;
  for (const BlockUse& use : cutter.cut(space->lower(space->largest())).blocks) {
    const std::vector<Node>& nodes = use.block->nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].op->kind() != BatchNorm::kKind) continue;
      ++norms;
      REQUIRE(n == 1);
      CHECK(nodes[0].op->kind() == "conv2d");
    }
    size_t weighted = 0;
    for (const Node& node : nodes) weighted += node.weight(Role::weight) != nullptr;
    CHECK(weighted <= 1);
  }
  CHECK(norms > 5);
}

TEST_CASE("networks share the pieces of what they begin with, and no more") {
  const auto space = test::space_of(test::kTinyMobileNet);
  PieceCutter cutter;
  const auto cut = [&](const std::string& arch) {
    return cutter.cut(space->lower(space->parse(arch)));
  };
  const NetworkSpec base = cut("ks=3,3,3 e=2,2,3 d=2,1 r=16");
  CHECK(blocks_of(base) == blocks_of(cut("ks=3,3,3 e=2,2,3 d=2,1 r=16")));
  // The first convolution of a block of another kernel size is the same one.
  const NetworkSpec kernel = cut("ks=3,5,3 e=2,2,3 d=2,1 r=16");
  const NetworkSpec expand = cut("ks=3,3,3 e=2,3,3 d=2,1 r=16");
  const size_t by_kernel = common_beginning(base, kernel);
  const size_t by_expand = common_beginning(base, expand);
  CHECK(by_kernel == by_expand + 1);
  CHECK(by_expand == 4);  // stem, and the first block's three convolutions
  CHECK(common_beginning(base, cut("ks=3,3,3 e=2,2,3 d=2,1 r=20")) == 0);
}

TEST_CASE("pieces that differ only by where they are stored or what they read are not one") {
  const auto space = test::space_of(test::kTinyResNet);
  PieceCutter cutter;
  const NetworkSpec cut = cutter.cut(space->lower(space->largest()));
  std::vector<std::string> weights;
  for (const BlockUse& use : cut.blocks) {
    if (const WeightRef* ref = use.block->nodes[0].weight(Role::weight)) {
      weights.push_back(ref->name);
    }
  }
  const size_t all = weights.size();
  std::sort(weights.begin(), weights.end());
  weights.erase(std::unique(weights.begin(), weights.end()), weights.end());
  CHECK(all == weights.size());
}
