// Values in one piece of memory.
#include "hardware_profiles/buffer_plan.h"

#include <algorithm>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using hw::BufferUse;

namespace {

bool overlap(size_t a, size_t a_bytes, size_t b, size_t b_bytes) {
  return a < b + b_bytes && b < a + a_bytes;
}

}  // namespace

TEST_CASE("a chain of values of one size takes two places") {
  std::vector<BufferUse> uses;
  for (size_t i = 0; i < 10; ++i) uses.push_back({64, i, i + 1});
  CHECK(hw::plan_buffers(uses, 64).bytes == 128);
}

TEST_CASE("values needed at once never share a byte, and places are aligned") {
  Rng rng(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<BufferUse> uses;
    size_t sum = 0;
    for (int i = 0; i < 12; ++i) {
      const auto first = static_cast<size_t>(rng.below(10));
      uses.push_back(
          {static_cast<size_t>(rng.below(300)), first, first + static_cast<size_t>(rng.below(4))});
      sum += (uses.back().bytes + 63) / 64 * 64;
    }
    const hw::BufferPlan plan = hw::plan_buffers(uses, 64);
    CHECK(plan.bytes <= sum);
    for (size_t a = 0; a < uses.size(); ++a) {
      CHECK(plan.offsets[a] % 64 == 0);
      CHECK(plan.offsets[a] + uses[a].bytes <= plan.bytes);
      for (size_t b = 0; b < a; ++b) {
        if (uses[a].first > uses[b].last || uses[b].first > uses[a].last) continue;
        CHECK_FALSE(overlap(plan.offsets[a], uses[a].bytes, plan.offsets[b], uses[b].bytes));
      }
    }
  }
}

TEST_CASE("nothing needs no memory, and an alignment of 0 is refused") {
  CHECK(hw::plan_buffers({}, 64).bytes == 0);
  CHECK_THROWS_AS(hw::plan_buffers({}, 0), Error);
}
