#include "supernet/blocks/mb_conv.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;

namespace {

std::shared_ptr<const Block> bottleneck(MbConvOptions o, int64_t size = 8) {
  BlockBuilder b("b", {{1, o.in.used, size, size}});
  mb_conv(b, b.input(), o);
  return b.finish({});
}

MbConvOptions small() {
  return {.in = Width::fixed(8),
          .mid = {24, 16, "b.mid"},
          .out = Width::fixed(8),
          .kernel = Kernel::fixed(3)};
}

std::string kinds(const Block& block) {
  std::string out;
  for (const Node& node : block.nodes) out += std::string(node.op->kind()) + " ";
  return out;
}

}  // namespace

TEST_CASE("make_divisible rounds to eights and never loses more than a tenth") {
  CHECK(make_divisible(19.2) == 24);  // 16 x 1.2: 16 would be too little
  CHECK(make_divisible(3) == 8);
  CHECK(make_divisible(28.8) == 32);
  CHECK(make_divisible(134.4) == 136);
  CHECK(make_divisible(36) == 40);
  CHECK(make_divisible(10, 4) == 12);
}

TEST_CASE("a bottleneck expands, filters, projects and adds its input") {
  const auto block = bottleneck(small());
  CHECK(kinds(*block) ==
        "conv2d batch_norm activation conv2d batch_norm activation conv2d batch_norm add ");
  CHECK(block->macs == 64 * (8 * 16 + 16 * 9 + 16 * 8));
  CHECK(block->params == 8 * 16 + 32 + 16 * 9 + 32 + 16 * 8 + 16);
  CHECK(block->nodes.back().inputs == std::vector<int>{8, 0});
}

TEST_CASE("the input is added only where shapes allow and it is asked for") {
  MbConvOptions strided = small(), wider = small(), without = small();
  strided.stride = 2;
  wider.out = Width::fixed(16);
  without.residual = false;
  for (const MbConvOptions& o : {strided, wider, without}) {
    CHECK(kinds(*bottleneck(o)).find("add") == std::string::npos);
  }
  CHECK(bottleneck(strided)->output() == Shape{1, 8, 4, 4});
}

TEST_CASE("without expansion the block begins with its filter") {
  MbConvOptions o = small();
  o.expand = false;
  o.mid = o.in;
  CHECK(bottleneck(o)->nodes[0].name == "b.depthwise.conv");
}

TEST_CASE("squeeze widths are those of the published networks") {
  // middle width -> squeeze, once-for-all, OFAMobileNetV3 w1.0 and w1.2
  const std::vector<std::pair<int64_t, int64_t>> known = {
      {48, 16},   {64, 16},   {72, 24},   {96, 24},   {120, 32},  {128, 32},  {144, 40},
      {160, 40},  {192, 48},  {240, 64},  {288, 72},  {320, 80},  {336, 88},  {384, 96},
      {408, 104}, {448, 112}, {480, 120}, {544, 136}, {576, 144}, {640, 160}, {672, 168},
      {768, 192}, {816, 208}, {960, 240}, {1152, 288}};
  for (const auto& [mid, squeeze] : known) {
    BlockBuilder b("b", {{1, mid, 4, 4}});
    squeeze_excite(b, "se", b.input(), {1152, mid, "m"});
    const auto block = b.finish({});
    const WeightRef& reduce = block->nodes[1].weights[0];
    INFO(mid);
    CHECK(reduce.used_shape() == Shape{squeeze, mid, 1, 1});
    CHECK(reduce.full_shape() == Shape{288, 1152, 1, 1});
    CHECK(block->macs == 2 * squeeze * mid);
    CHECK(block->params == 2 * squeeze * mid + squeeze + mid);
  }
}

TEST_CASE("squeeze widths divide to a whole number before rounding") {
  BlockBuilder b("b", {{1, 143, 4, 4}});
  squeeze_excite(b, "se", b.input(), Width::fixed(143));
  CHECK(b.finish({})->nodes[1].weights[0].used_shape() == Shape{32, 143, 1, 1});  // 35.75 gives 40
}

TEST_CASE("squeeze-excite gates its input between activation and projection") {
  MbConvOptions o = small();
  o.squeeze_excite = true;
  const auto block = bottleneck(o);
  CHECK(kinds(*block) ==
        "conv2d batch_norm activation conv2d batch_norm activation global_avg_pool conv2d "
        "activation conv2d activation multiply conv2d batch_norm add ");
  CHECK(block->nodes[8].op->text() == "activation(function=relu)");
  CHECK(block->nodes[10].op->text() == "activation(function=h_sigmoid)");
  CHECK(block->nodes[11].name == "b.se.scale");
  CHECK(block->nodes[7].weights[0].dims[0].label == "b.mid.squeeze");
  CHECK(block->nodes[7].weights[0].dims[1].label == "b.mid");
}

TEST_CASE("a bottleneck on the wrong input names the node") {
  BlockBuilder b("stage2.block1", {{1, 48, 14, 14}});
  MbConvOptions o = small();
  o.in = Width::fixed(40);
  CHECK(test::error_text<ShapeError>([&] { mb_conv(b, b.input(), o); }) ==
        "conv2d 'stage2.block1.expand.conv': input has 48 channels, weight takes 40");
}
