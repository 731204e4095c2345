// From the steps of a network to oneDNN primitives. No LibTorch header: see onednn_graph.h.
#pragma once

#include <string>
#include <vector>

#include "hardware_profiles/backends/onednn_graph.h"
#include "hardware_profiles/backends/onednn_network.h"
#include "hardware_profiles/fused_network.h"

namespace tailor::hw {

/// A function as oneDNN names it.
struct DnnlFunction {
  dnnl::algorithm algorithm = dnnl::algorithm::undef;
  float alpha = 0, beta = 0;
};
/// Throws DeviceError for a function oneDNN lacks.
DnnlFunction dnnl_function(const std::string& activation);

/// Fills a graph. All arguments must outlive it.
class OnednnLowering {
 public:
  OnednnLowering(const FusedNetwork& network, const TensorFile& weights, OnednnLayout layout,
                 DnnlGraph& graph);

  /// Throws DeviceError naming the step's node.
  void run();
  /// The graph's values, after run().
  const std::vector<int>& inputs() const { return inputs_; }
  int output() const { return values_[static_cast<size_t>(network_.output)]; }

 private:
  /// A step's post-ops. What they add is brought into the result's layout when that is known.
  struct Epilogue {
    dnnl::primitive_attr attr;
    std::vector<std::pair<int, int>> added = {};  ///< argument, the network's value
    int in_place_of = -1;                         ///< the network's value that the sum overwrites
    int in_place = -1;                            ///< the graph's value that the result overwrites
  };

  void lower(const FusedStep& step);
  void convolution(const FusedStep& step);
  void linear(const FusedStep& step);
  void activation(const FusedStep& step);
  void sum(const FusedStep& step);
  void product(const FusedStep& step);
  void batch_norm(const FusedStep& step);
  void layer_norm(const FusedStep& step);
  void pool(const FusedStep& step);
  void global_pool(const FusedStep& step);
  void resample(const FusedStep& step);
  void channel_shuffle(const FusedStep& step);
  void concat(const FusedStep& step);
  void reshape(const FusedStep& step);

  const Shape& shape(int value) const { return network_.shapes[static_cast<size_t>(value)]; }
  bool known(int value) const { return values_[static_cast<size_t>(value)] >= 0; }
  /// True when `step` is the last to read a value that is no input and shares no memory: its result
  /// may take the place.
  bool dies(int value, const FusedStep& step) const;
  /// The layout a primitive may choose, or channels last.
  DnnlDesc open(const Shape& shape) const;
  /// What convolutions of this many channels read: for inputs that another primitive reads first.
  DnnlDesc usual(const Shape& shape) const;

  /// The graph's value; an input nobody has read gets its usual layout.
  int value(int network_value);
  /// The same in this layout; an input nobody has read takes it.
  int value(int network_value, const DnnlDesc& desc);
  /// first: the post-ops that the step itself needs.
  Epilogue epilogue(const FusedStep& step, dnnl::post_ops first = {});
  /// Adds the call, with the epilogue's arguments, and the step's result.
  void finish(const FusedStep& step, DnnlCall call, Epilogue epilogue, const DnnlDesc& result);
  void binary(const FusedStep& step, dnnl::algorithm algorithm, int a, int b, Epilogue epilogue);
  void window_pool(const FusedStep& step, dnnl::algorithm algorithm, const Shape& kernel,
                   int64_t stride, int64_t padding);

  const FusedNetwork& network_;
  const TensorFile& weights_;
  const OnednnLayout layout_;
  DnnlGraph& graph_;
  std::vector<int> last_readers_;
  std::vector<int> values_;   // the graph's value of each of the network's, or -1
  std::vector<int> copies_;   // the same in another layout, the last one made
  std::vector<bool> shared_;  // a view of the value, or what it is a view of, is read later
  std::vector<int> inputs_;
};

}  // namespace tailor::hw
