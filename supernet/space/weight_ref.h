// A reference to the part of a stored parameter that a node uses.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/rng.h"

namespace tailor {

using Shape = std::vector<int64_t>;

/// Number of elements; 1 for a scalar. Throws ShapeError above 2^63.
int64_t numel(const Shape& shape);
/// "[1, 16, 28, 28]".
std::string shape_text(const Shape& shape);

/// What a weight is to its node. Norms' and biases' roles are what weight decay leaves out.
enum class Role { weight, bias, scale, shift, running_mean, running_var, transform };
std::string role_name(Role role);
/// Throws IoError for another text.
Role parse_role(const std::string& name);

/// How a parameter begins. fan_out: N(0, sqrt(2 / (out * kh * kw))) as in OFA (he_fout);
/// fan_in: U(+-1/sqrt(in)); identity: for kernel transforms; normal: N(0, 0.02), as language models
/// begin; decay: log U(1, 16) and step: the inverse softplus of exp(U(log 0.001, log 0.1)), the
/// rate and the step bias of a recurrence (fla-org/flash-linear-attention,
/// fla/layers/gated_deltanet.py; there from 0, whose logarithm is no number); uniform: U(0, 1).
enum class Init { zeros, ones, fan_out, fan_in, identity, normal, decay, step, uniform };

/// One draw of the laws that depend on no shape: normal, decay, step, uniform. Throws Error for the
/// others.
double draw_initial(Init init, Rng& rng);

/// One factor of a stored dimension: elements [begin, begin + count) of `full`. Factors that carry
/// the same label anywhere are permuted together by channel sorting; "" is never permuted.
struct Dim {
  int64_t full = 1;
  int64_t begin = 0;
  int64_t count = 1;
  std::string label = "";

  bool whole() const { return begin == 0 && count == full; }
};

/// Centre-crop the last two dimensions to size x size, then multiply the flattened kernel (row
/// major) by the parameter `matrix` [size^2, size^2]: y_a = sum_b M[a,b] x_b, the same for every
/// channel. Source: once-for-all, ofa/imagenet_classification/elastic_nn/modules/dynamic_op.py.
struct KernelTransform {
  int64_t size = 0;
  std::string matrix;
};

using WeightStep = std::variant<KernelTransform>;

/// Parameter `name`, stored with the full shape; the node uses the ranges of `dims`, merged by
/// `fold` and then changed by `steps`.
struct WeightRef {
  std::string name;
  Role role = Role::weight;
  Init init = Init::zeros;
  std::vector<Dim> dims = {};
  std::vector<int> fold = {};  ///< how many consecutive factors make each dimension; {}: one each
  std::vector<WeightStep> steps = {};

  bool trainable() const { return role != Role::running_mean && role != Role::running_var; }
  /// Shape of the stored parameter.
  Shape full_shape() const;
  /// Shape of what the node receives (after fold and steps).
  Shape used_shape() const;
  /// Elements of used_shape().
  int64_t used_elements() const;
};

/// A reference to a whole parameter, without labels.
WeightRef whole_weight(std::string name, Role role, Init init, const Shape& shape);

}  // namespace tailor
