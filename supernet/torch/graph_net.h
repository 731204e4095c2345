// Runs any NetworkSpec in LibTorch with weights cut from a ParameterStore.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "supernet/space/network_spec.h"
#include "supernet/torch/kernels/kernel.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::supernet {

/// Outputs of blocks asked for by name (feature distillation, tests). forward fills `values`.
struct Taps {
  std::vector<std::string> blocks;
  std::map<std::string, at::Tensor> values;
};

/// What a network remembers of a batch of sequences between calls: caches of keys and values,
/// recurrent states. Starts empty.
struct SequenceState {
  int64_t tokens = 0;    ///< read so far
  int64_t capacity = 0;  ///< tokens that will be read in all: caches are made of that size at once;
                         ///< 0: they grow
  std::vector<NodeState> nodes = {};

  /// Memory of all of it.
  int64_t bytes() const;
};

/// A network bound to a store. Any number may live side by side; none changes the store but through
/// fold_statistics. One thread at a time may run one GraphNet.
class GraphNet {
 public:
  /// gradients: flat tensor laid out like store.values(), for backward to add to. Undefined: no
  /// gradients by weights; in training, inputs that require theirs get them. The store must outlive
  /// this. Throws ShapeError for weights the store lacks.
  GraphNet(NetworkSpec spec, const ParameterStore& store, at::Tensor gradients = {});
  ~GraphNet();
  GraphNet(GraphNet&&) noexcept;

  /// x: the network's input with any batch size, e.g. [N, C, H, W] float32. Returns the output,
  /// e.g. logits [N, classes]. In eval mode weights are read once, at the first call, with norms
  /// folded into convolutions; training and recalibration read the store at each call.
  /// Throws ShapeError when x does not match the spec.
  at::Tensor forward(const at::Tensor& x, RunMode mode, Taps* taps = nullptr);
  /// The same for a network of any number of inputs (a part of another), each used in the memory
  /// layout it comes in.
  at::Tensor forward(std::span<const at::Tensor> inputs, RunMode mode, Taps* taps = nullptr);

  /// ids [batch, tokens]: the next tokens of every sequence; eval mode. Any cutting of the tokens
  /// into calls gives the same outputs. Throws ShapeError when the batch differs from the state's.
  at::Tensor forward(const at::Tensor& ids, SequenceState& state);

  /// Adds the loss's gradients by this network's weights to `gradients`, each in the range the
  /// network uses. loss: a scalar made from the last training forward's output.
  void backward(const at::Tensor& loss);

  /// Forgets accumulated statistics: what follows with RunMode::recalibrate starts anew.
  void reset_statistics();
  /// Moves the store's running statistics by each norm's momentum towards the last training
  /// batch's (variance unbiased), in the network's range only.
  void fold_statistics(ParameterStore& store) const;

  const NetworkSpec& spec() const;
  /// Values of the standalone network by parameter name: ranges cut, steps applied, this network's
  /// own (recalibrated) statistics. Contiguous copies.
  std::map<std::string, at::Tensor> weights() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A standalone copy of a bound network: a store that holds exactly its weights, and the spec that
/// takes them whole.
struct ExtractedNetwork {
  NetworkSpec spec;
  ParameterStore store;
};
ExtractedNetwork extract(const GraphNet& net);
/// The same from a file's tensors (names and used shapes of `spec`). Throws IoError.
ExtractedNetwork from_tensors(const NetworkSpec& spec, const TensorFile& tensors);

}  // namespace tailor::supernet
