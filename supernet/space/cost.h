// What a network costs by counting: arithmetic, parameters, memory.
#pragma once

#include <cstdint>

#include "supernet/space/network_spec.h"

namespace tailor {

/// macs: multiply-accumulates of convolutions and matrix products for the workload's batch;
/// params: trainable elements in use, shared ones once; activation_bytes: the most that is alive at
/// one moment when each value is freed after its last use; weight_bytes: params and buffers. Bytes
/// are in the workload's precision.
struct Cost {
  int64_t macs = 0;
  int64_t params = 0;
  int64_t activation_bytes = 0;
  int64_t weight_bytes = 0;
  int64_t state_bytes = 0;  ///< see Block::state_bytes

  int64_t memory_bytes() const { return activation_bytes + weight_bytes; }
};

Cost network_cost(const NetworkSpec& spec);

}  // namespace tailor
