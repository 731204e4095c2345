// Latency keys taken apart: the counts of the blocks they came from, one skeleton for equal work.
#include "hardware_profiles/key_shape.h"

#include "supernet/space/block_enumeration.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

TEST_CASE("a key says what its block computes and moves, node by node") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    for (const Precision precision : {Precision::f32, Precision::f16}) {
      for (const BlockSite& site : enumerate_blocks(*space, {.batch = 2, .precision = precision})) {
        INFO(site.block->key);
        const auto shape = key_shape(site.block->key);
        REQUIRE(shape);
        CHECK(shape->nodes == block_work(*site.block, precision));
      }
    }
  }
}

TEST_CASE("equal work on other sizes has one skeleton, other attributes another") {
  const std::string narrow =
      "f32 in[1, 8, 9, 9]; conv2d(stride=1 padding=1 groups=8) of 0 w[8, 1, 3, 3] -> [1, 8, 9, 9]";
  const std::string wide =
      "f32 in[1, 16, 7, 7]; conv2d(stride=1 padding=1 groups=16) of 0 w[16, 1, 3, 3] -> [1, 16, 7, "
      "7]";
  const std::string strided =
      "f32 in[1, 8, 9, 9]; conv2d(stride=2 padding=1 groups=8) of 0 w[8, 1, 3, 3] -> [1, 8, 5, 5]";
  const std::string dense =
      "f32 in[1, 8, 9, 9]; conv2d(stride=1 padding=1 groups=1) of 0 w[8, 8, 3, 3] -> [1, 8, 9, 9]";
  CHECK(key_shape(narrow)->skeleton == key_shape(wide)->skeleton);
  CHECK(key_shape(narrow)->sizes != key_shape(wide)->sizes);
  CHECK(key_shape(narrow)->skeleton != key_shape(strided)->skeleton);
  CHECK(key_shape(narrow)->skeleton != key_shape(dense)->skeleton);
  std::string half = narrow;
  CHECK(key_shape(narrow)->skeleton != key_shape(half.replace(0, 3, "f16"))->skeleton);
}

TEST_CASE("texts that are no keys give nothing") {
  const std::string good = "f32 in[1, 8]; linear() of 0 w[4, 8] w[4] -> [1, 4]";
  REQUIRE(key_shape(good));
  CHECK(key_shape(good)->nodes[0].macs == 32);
  for (const std::string bad :
       {"", "f32", "f32 in[1, 8]", "f31 in[1, 8]; linear() of 0 w[4, 8] -> [1, 4]",
        "f32 in[0, 8]; linear() of 0 w[4, 8] -> [1, 4]",
        "f32 in[-1, 8]; linear() of 0 w[4, 8] -> [1, 4]",
        "f32 in[1, 8]; linear() of 1 w[4, 8] -> [1, 4]",
        "f32 in[1, 8]; linear() of 0 w[4, 8] -> [1, 4] more",
        "f32 in[1, 8]; linear() of 0 w[4, 8] -> [1, 99999999999999999999]",
        "f32 in[1, 8]; linear() of 0 w[4, 8] -> [999999999999, 999999999999]",
        "f32 in[1, 1, 1, 1, 1, 1, 1, 1, 1]; relu() of 0 -> [1]", "f32 in[1, 3]; relu() of 0"}) {
    INFO(bad);
    CHECK_FALSE(key_shape(bad));
  }
  for (size_t length = 0; length < good.size(); ++length)
    CHECK_FALSE(key_shape(good.substr(0, length)));
}
