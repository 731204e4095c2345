// Greedy placement by size.
#include "hardware_profiles/buffer_plan.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace tailor::hw {
namespace {

bool together(const BufferUse& a, const BufferUse& b) {
  return a.first <= b.last && b.first <= a.last;
}

}  // namespace

BufferPlan plan_buffers(std::span<const BufferUse> uses, size_t alignment) {
  TAILOR_CHECK(alignment > 0, "alignment is 0");
  const auto aligned = [alignment](size_t n) {
    return (n + alignment - 1) / alignment * alignment;
  };
  std::vector<size_t> order(uses.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return uses[a].bytes > uses[b].bytes; });
  BufferPlan plan{std::vector<size_t>(uses.size(), 0), 0};
  std::vector<size_t> placed;  // by offset
  for (const size_t use : order) {
    size_t offset = 0;
    for (const size_t other : placed) {
      if (!together(uses[use], uses[other])) continue;
      if (offset + aligned(uses[use].bytes) <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + aligned(uses[other].bytes));
    }
    plan.offsets[use] = offset;
    plan.bytes = std::max(plan.bytes, offset + aligned(uses[use].bytes));
    const auto after = std::find_if(placed.begin(), placed.end(),
                                    [&](size_t p) { return plan.offsets[p] > offset; });
    placed.insert(after, use);
  }
  return plan;
}

}  // namespace tailor::hw
