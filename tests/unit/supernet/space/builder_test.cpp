#include "supernet/space/builder.h"

#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/pool.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

WeightRef kernel(int64_t out, int64_t in, int64_t size) {
  return whole_weight("w", Role::weight, Init::fan_out, {out, in, size, size});
}

OpPtr conv(int64_t stride = 1, int64_t padding = 0, int64_t groups = 1) {
  return std::make_shared<Conv2d>(stride, padding, groups);
}

}  // namespace

TEST_CASE("a node whose shapes do not fit is named") {
  BlockBuilder b("stage2.block1", {{1, 48, 14, 14}});
  CHECK(error_text<ShapeError>([&] {
          b.add("expand.conv", conv(), {b.input()}, {kernel(96, 40, 1)});
        }) == "conv2d 'stage2.block1.expand.conv': input has 48 channels, weight takes 40");
}

TEST_CASE("a range outside of its parameter is refused") {
  BlockBuilder b("head", {{1, 8}});
  WeightRef ref{.name = "head.weight", .dims = {{10, 4, 8, ""}, {8, 0, 8, ""}}};
  CHECK(error_text<ShapeError>([&] {
          b.add("", std::make_shared<Linear>(), {b.input()}, {ref});
        }) == "linear 'head': weight 'head.weight' takes [4, 12) of a dimension of 10");
}

TEST_CASE("values must exist before they are used") {
  BlockBuilder b("stem", {{1, 3, 8, 8}});
  const OpPtr relu = std::make_shared<Activation>("relu");
  CHECK(error_text<ShapeError>([&] { b.add("act", relu, {Value{1}}); }) ==
        "block 'stem' has no value 1 yet");
  CHECK(error_text<ShapeError>([&] { b.add("act", relu, {Value{}}); }) ==
        "block 'stem' has no value -1 yet");
}

TEST_CASE("sizes beyond counting are refused") {
  BlockBuilder b("big", {{1 << 20, 1 << 10, 1 << 10, 1}});
  const std::string text = error_text<ShapeError>(
      [&] { b.add("", conv(), {b.input()}, {kernel(1 << 10, 1 << 10, 1)}); });
  CHECK(text ==
        "conv2d 'big': output [1048576, 1024, 1024, 1] by 1125899906842624 "
        "multiply-accumulates is too large");
  CHECK_THROWS_AS(b.add("", conv(), {b.input()}, {kernel(int64_t{1} << 36, 1 << 10, 1)}),
                  ShapeError);
}

TEST_CASE("an empty block and an empty network are refused") {
  CHECK(error_text<Error>([] { BlockBuilder("stem", {{1}}).finish({}); }) ==
        "block 'stem' has no node");
  CHECK(error_text<Error>([] { NetworkBuilder("net", {}, nullptr).finish(); }) ==
        "network 'net' has no block");
  NetworkBuilder net("net", {}, nullptr);
  CHECK(error_text<ShapeError>([&] { net.block("b", {}, {0}, [](BlockBuilder&) {}); }) ==
        "network 'net' has no value 0 yet");
}

TEST_CASE("a block counts its products and parameters, shared ones once") {
  BlockBuilder b("b", {{2, 4, 6, 6}});
  const Value x = b.add("c1", conv(2, 1), {b.input()}, {kernel(4, 4, 3)});
  b.add("c2", conv(1, 1), {x}, {kernel(4, 4, 3)});
  const auto block = b.finish({});
  CHECK(block->output() == Shape{2, 4, 3, 3});
  CHECK(block->macs == 2 * (2 * 4 * 9 * 4 * 9));
  CHECK(block->params == 4 * 4 * 9);
}

TEST_CASE("a latency key holds work and wiring but no names") {
  auto key = [](const std::string& name, int64_t stride, const Workload& load, bool swap) {
    BlockBuilder b(name, {{1, 4, 6, 6}, {1, 4, 6, 6}});
    WeightRef ref = kernel(4, 4, 3);
    ref.name = name + ".weight";
    const Value x = b.add("conv", conv(stride, 1), {b.input(swap ? 1 : 0)}, {ref});
    if (stride == 1) b.add("add", std::make_shared<Add>(), {x, b.input(swap ? 0 : 1)});
    return b.finish(load)->key;
  };
  const std::string base = key("a", 1, {}, false);
  CHECK(base == key("other", 1, {}, false));
  CHECK(base != key("a", 2, {}, false));
  CHECK(base != key("a", 1, {}, true));
  CHECK(base != key("a", 1, {.precision = Precision::f16}, false));
  CHECK(base != key("a", 1, {.phase = Phase::train}, false));
  CHECK(base == key("a", 1, {.context = 7}, false));
}

TEST_CASE("a block is built once for equal numbers and shapes") {
  BlockCache cache;
  int built = 0;
  auto lower = [&](int64_t number, int64_t batch, const std::string& name, Workload load) {
    NetworkBuilder net("net", load, &cache);
    const int x = net.input({batch, 4});
    net.block(name, {number}, {x}, [&](BlockBuilder& b) {
      ++built;
      b.add("act", std::make_shared<Activation>("relu"), {b.input()});
    });
    return net.finish().blocks[0].block;
  };
  const auto first = lower(1, 1, "b", {});
  CHECK(lower(1, 1, "b", {}) == first);
  CHECK(built == 1);
  CHECK(lower(2, 1, "b", {}) != first);
  CHECK(lower(1, 2, "b", {}) != first);
  CHECK(lower(1, 1, "c", {}) != first);
  CHECK(lower(1, 1, "b", {.phase = Phase::train}) != first);
  CHECK(lower(1, 1, "b", {.tokens = 5}) != first);
  CHECK(built == 6);
}

TEST_CASE("a cold and a warm cache lower to the same network") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto warm = test::space_of(yaml);
    for (const Arch& arch : warm->enumerate()) warm->lower(arch);
    for (const Arch& arch : warm->enumerate()) {
      const auto cold = test::space_of(yaml);
      CHECK(test::network_identity(warm->lower(arch)) ==
            test::network_identity(cold->lower(cold->parse(warm->print(arch)))));
    }
  }
}

TEST_CASE("inputs come before blocks") {
  NetworkBuilder net("net", {}, nullptr);
  const int x = net.input({1, 4});
  net.block("b", {}, {x}, [](BlockBuilder& b) {
    b.add("act", std::make_shared<Activation>("relu"), {b.input()});
  });
  CHECK_THROWS_AS(net.input({1, 4}), Error);
}
