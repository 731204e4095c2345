// Where the values of a network lie in one piece of memory: values that are never needed at the
// same time share it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tailor::hw {

/// A value needed from step `first` to step `last`, both included.
struct BufferUse {
  size_t bytes = 0;
  size_t first = 0, last = 0;
};

struct BufferPlan {
  std::vector<size_t> offsets;  ///< of each use, multiples of the alignment
  size_t bytes = 0;             ///< of the whole
};

/// Largest first, each at the lowest place that is free while it is needed.
BufferPlan plan_buffers(std::span<const BufferUse> uses, size_t alignment);

}  // namespace tailor::hw
