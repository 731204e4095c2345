// A network as the steps a runtime takes: batch norms folded into the weights before them,
// activations and sums joined to the step before them. Shared by the backends that call a vendor's
// kernels.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// Applied to a step's result, in order.
struct PostOp {
  std::string function = "";  ///< of ops/activation.h; empty: a sum
  int value = -1;             ///< what a sum adds, of the result's shape
};

/// A node and what was joined to it.
struct FusedStep {
  const Node* node = nullptr;
  const Node* norm = nullptr;  ///< the batch norm folded into its weights
  std::vector<int> inputs = {};
  std::vector<PostOp> post_ops = {};
  int output = 0;

  std::string_view kind() const { return node->op->kind(); }
};

/// A view of a NetworkSpec, which must outlive it. Values are numbered: the network's inputs, then
/// its nodes in order; a value inside a step has no producer.
struct FusedNetwork {
  std::vector<Shape> shapes;  ///< of each value
  size_t inputs = 0;
  std::vector<FusedStep> steps;
  int output = 0;
};

/// A convolution whose result only a sum reads is moved to the sum's place.
FusedNetwork fuse(const NetworkSpec& spec);

/// The last step that reads each value; steps.size() for the network's output, -1 for no reader.
std::vector<int> last_readers(const FusedNetwork& network);

/// The weight of a convolution or linear step with its norm folded in: w' = w s, b' = (b - mean) s
/// + shift, s = scale / sqrt(var + eps).
struct FoldedWeights {
  Shape shape;
  std::vector<float> weight, bias;  ///< bias is empty where there is none
};
/// weights: by the names of a standalone spec. Throws IoError, naming the tensor, when one is
/// absent or has another size.
FoldedWeights fold_weights(const FusedStep& step, const TensorFile& weights);

/// y = scale x + shift for each channel: a batch norm that follows no convolution.
struct ChannelAffine {
  std::vector<float> scale, shift;
};
ChannelAffine norm_affine(const Node& norm, const TensorFile& weights);

}  // namespace tailor::hw
