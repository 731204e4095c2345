// Random values by initialiser.
#include "hardware_profiles/random_weights.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::hw {
namespace {

/// Half the width of the uniform distribution that a weight is drawn from.
double half_width(const WeightRef& ref, const Shape& shape) {
  const auto per_channel = [&](size_t channel) {
    return std::max<int64_t>(1, numel(shape) / std::max<int64_t>(1, shape[channel]));
  };
  // fan_out: elements for each input channel; fan_in: for each output channel.
  const bool out = ref.init == Init::fan_out && shape.size() > 1;
  const auto fan = static_cast<double>(per_channel(out ? 1 : 0));
  return out ? std::sqrt(6 / fan) : 1 / std::sqrt(fan);
}

HostTensor random_tensor(const WeightRef& ref, Rng rng) {
  const Shape shape = ref.used_shape();
  HostTensor out = HostTensor::zeros(DType::f32, shape);
  const std::span<float> values = out.floats();
  switch (ref.init) {
    case Init::zeros:
      break;
    case Init::ones:
      std::fill(values.begin(), values.end(), 1.0F);
      break;
    case Init::fan_out:
    case Init::fan_in: {
      const double half = half_width(ref, shape);
      for (float& value : values) value = static_cast<float>((2 * rng.uniform() - 1) * half);
      break;
    }
    case Init::normal:
    case Init::decay:
    case Init::step:
    case Init::uniform:
      for (float& value : values) value = static_cast<float>(draw_initial(ref.init, rng));
      break;
    case Init::identity:
      throw Error(str("parameter '", ref.name, "' is a transform; only standalone networks have ",
                      "random weights"));
  }
  return out;
}

}  // namespace

TensorFile random_weights(const NetworkSpec& standalone, const Rng& rng) {
  TensorFile out;
  for (const BlockUse& use : standalone.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        if (out.tensors.contains(ref.name)) continue;
        out.tensors.emplace(ref.name, random_tensor(ref, rng.fork(ref.name)));
      }
    }
  }
  return out;
}

}  // namespace tailor::hw
