// A network as oneDNN primitives, ready to run. No oneDNN header is needed to use it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "hardware_profiles/device.h"

namespace tailor::hw {

/// Layouts of activations: the library's own choice (blocks of channels), or channels last.
enum class OnednnLayout { any, nhwc };

/// float32. Primitives are made and weights reordered once; a run only executes. The input lies in
/// the layout that its first reader prefers, as it would in the middle of a network.
class OnednnNetwork : public PreparedNetwork {
 public:
  /// spec: a standalone network (passes.h), weights: by its names. Throws DeviceError naming the
  /// node that oneDNN cannot run.
  OnednnNetwork(const NetworkSpec& spec, const TensorFile& weights, int64_t threads,
                OnednnLayout layout);
  ~OnednnNetwork() override;

  std::vector<double> measure(int64_t runs) override;
  std::optional<int64_t> activation_bytes() override;

  /// Row-major values of input `index`. Throws DeviceError when their number is wrong.
  void set_input(size_t index, std::span<const float> values);
  /// Runs once and returns the output, row-major.
  std::vector<float> run();
  /// Each primitive in order: its node and kernel, e.g. "stem.conv jit:avx512_core"; "reorder ..."
  /// between layouts.
  std::vector<std::string> implementations() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor::hw
