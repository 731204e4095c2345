// A network as data: a flat, typed list of nodes in execution order, grouped into named blocks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "supernet/space/op.h"
#include "supernet/space/weight_ref.h"

namespace tailor {

enum class Phase { train, infer, prefill, decode };
enum class Precision { f32, bf16, f16 };

/// What is run. resolution 0: the arch's own (axis group "r").
struct Workload {
  int64_t batch = 1;
  int64_t resolution = 0;
  int64_t tokens = 0;   ///< tokens a sequence (language models)
  int64_t context = 0;  ///< tokens already in the cache
  Phase phase = Phase::infer;
  Precision precision = Precision::f32;

  bool operator==(const Workload&) const = default;
};
std::string precision_name(Precision precision);
/// Of one number.
int64_t element_bytes(Precision precision);

/// One operation. `inputs` number the block's values: first its outside inputs, then its nodes.
struct Node {
  std::string name;  ///< "stage2.block1.depthwise.conv"
  OpPtr op;
  std::vector<int> inputs;
  std::vector<WeightRef> weights;
  Shape shape;  ///< of its one output
  int64_t macs = 0;

  /// The weight with this role, or null.
  const WeightRef* weight(Role role) const { return OpInputs{{}, weights}.weight(role); }
};

/// Immutable and shared by all networks that use it. Its output is its last node's.
struct Block {
  std::string name;  ///< "stage2.block1"
  std::vector<Shape> inputs;
  std::vector<Node> nodes;
  int64_t macs = 0;
  int64_t params = 0;  ///< trainable elements its nodes use (after steps)
  /// What its nodes remember of the workload's sequences when they end: KV caches in the workload's
  /// precision, recurrent states in float32.
  int64_t state_bytes = 0;
  /// Latency key: shapes, operations, attributes and wiring without any parameter's or node's name.
  std::string key;

  const Shape& output() const { return nodes.back().shape; }
};

/// A block in its network. `inputs` number the network's values: first its inputs, then the
/// outputs of its blocks.
struct BlockUse {
  std::shared_ptr<const Block> block;
  std::vector<int> inputs;
};

/// Its output is its last block's.
struct NetworkSpec {
  std::string name;  ///< the arch as text, or a file's name
  Workload workload;
  std::vector<Shape> inputs;
  std::vector<BlockUse> blocks;
  /// Leading dimensions of the inputs that may differ from run to run: the batch, or batch and
  /// tokens.
  int64_t free_dims = 1;

  const Shape& output() const { return blocks.back().block->output(); }
};

}  // namespace tailor
