// Blocks that a config describes node by node, to be measured beside a space's own without a line
// of code:
//   blocks:
//     - name: stem_variant
//       input: [1, 32, 56, 56]
//       nodes:
//         - {op: conv2d, out: 64, kernel: 3}
//         - {op: batch_norm}
//         - {op: activation, function: relu, name: act}
//         - {op: conv2d, out: 64, kernel: 1}
//         - {op: add, inputs: [act, conv2d_4]}
#pragma once

#include <vector>

#include "core/config_node.h"
#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// One network of one block each, in the order of the config. A node reads the node above it (the
/// first one the block's input) unless `inputs` names others: "input", a node's `name`, or
/// KIND_NUMBER, its operation and place from 1. Attributes are the operation's own, in its names;
/// conv2d takes `out`, `kernel`, `bias` as well (padding: kernel / 2 unless given), linear `out`
/// and `bias`. Weights are made to fit. Throws ConfigError with the place: an unknown operation or
/// input, a name twice, sizes that do not fit, an input that does not begin with the workload's
/// batch.
std::vector<NetworkSpec> read_own_blocks(const ConfigNode& profile, const Workload& workload);

}  // namespace tailor::hw
