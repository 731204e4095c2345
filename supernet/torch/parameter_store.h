// The shared weights of a supernet: every parameter that any arch references, in one flat buffer.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"
#include "supernet/space/search_space.h"

namespace tailor::supernet {

/// One stored parameter. Trainable ones live in values(), running statistics in buffers().
struct Parameter {
  std::string name;
  Shape shape;
  Role role = Role::weight;
  Init init = Init::zeros;
  int64_t offset = 0;   ///< first element in its flat buffer; a multiple of 16
  bool frozen = false;  ///< training leaves it as it is

  bool trainable() const { return role != Role::running_mean && role != Role::running_var; }
};

/// Flat float32 buffers with named views, so that an optimiser step, an average, a norm or a
/// checkpoint is one operation on one tensor.
class ParameterStore {
 public:
  /// Every parameter that the networks reference. Throws ShapeError when two references to one name
  /// disagree on its full shape.
  explicit ParameterStore(std::span<const NetworkSpec> networks);
  /// The store of a space: lowers its covering set of archs.
  static ParameterStore of_space(const SearchSpace& space);

  /// Draws initial values; each parameter has its own stream, so order does not matter.
  void initialise(const Rng& rng);

  const std::vector<Parameter>& parameters() const { return parameters_; }
  /// Throws Error naming the parameter and the nearest known one.
  const Parameter& parameter(const std::string& name) const;
  /// Full-shape view into values() or buffers().
  at::Tensor view(const std::string& name) const;
  /// The view of the same parameter in another flat tensor laid out like values() (gradients,
  /// momentum, averages) or buffers().
  at::Tensor view_in(const at::Tensor& flat, const Parameter& parameter) const;

  /// Training leaves alone what `chosen` holds for, and only that.
  void freeze(const std::function<bool(const Parameter&)>& chosen);

  /// [V] float32, padded between parameters; padding is 0.
  const at::Tensor& values() const { return values_; }
  const at::Tensor& buffers() const { return buffers_; }
  /// A zeroed flat tensor laid out like values().
  at::Tensor zeros_like_values() const;
  /// A store with the same parameters and its own copy of the buffers' and values' content.
  ParameterStore clone() const;

  /// The same in another floating type: float64 to check by, bfloat16 to run with. Training wants
  /// float32.
  ParameterStore converted(at::ScalarType type) const;

  /// All parameters by name.
  TensorFile to_file() const;
  /// Takes the values of those tensors that the store has, by name; returns how many. Throws
  /// IoError for one of another shape.
  int64_t load_known(const TensorFile& file);
  /// Takes the values of a file. Throws IoError naming missing, unknown and misshapen tensors.
  void load(const TensorFile& file);

 private:
  std::vector<Parameter> parameters_;
  std::map<std::string, size_t> index_;
  at::Tensor values_, buffers_;
};

/// A host copy of a float tensor, contiguous.
HostTensor to_host(const at::Tensor& tensor);
/// A tensor with the host tensor's content.
at::Tensor from_host(const HostTensor& host);

}  // namespace tailor::supernet
