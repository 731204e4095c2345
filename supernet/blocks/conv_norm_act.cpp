// Building convolution, norm and activation nodes.
#include "supernet/blocks/conv_norm_act.h"

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"

namespace tailor {
namespace {

/// Range of the first crop from the stored kernel, as a factor of kh and kw.
Dim kernel_dim(int64_t stored, int64_t used) { return {stored, stored / 2 - used / 2, used, ""}; }

/// The stored kernel is the largest choice. The first crop is a range; what follows are steps: at
/// each smaller size s, crop to s and multiply by "{previous}to{s}_matrix".
void add_kernel(WeightRef& ref, const std::string& prefix, const Kernel& kernel) {
  const int64_t stored = kernel.choices.empty() ? kernel.used : kernel.choices.back();
  if (!kernel.transform || kernel.used == stored) {
    ref.dims.push_back(kernel_dim(stored, kernel.used));
    ref.dims.push_back(kernel_dim(stored, kernel.used));
    return;
  }
  std::vector<int64_t> sizes = kernel.choices;
  std::sort(sizes.rbegin(), sizes.rend());
  ref.dims.push_back(kernel_dim(stored, sizes[1]));
  ref.dims.push_back(kernel_dim(stored, sizes[1]));
  for (size_t i = 1; i < sizes.size() && sizes[i] >= kernel.used; ++i) {
    ref.steps.push_back(
        KernelTransform{sizes[i], str(prefix, ".", sizes[i - 1], "to", sizes[i], "_matrix")});
  }
}

}  // namespace

Dim width_dim(const Width& width) { return {width.full, 0, width.used, width.label}; }

Value batch_norm(BlockBuilder& block, const std::string& part, Value x, const Width& width,
                 const NormOptions& options) {
  auto ref = [&](const char* suffix, Role role, Init init) {
    return WeightRef{.name = str(block.full_name(part), ".", suffix),
                     .role = role,
                     .init = init,
                     .dims = {width_dim(width)}};
  };
  return block.add(part, std::make_shared<BatchNorm>(options.eps, options.momentum), {x},
                   {ref("weight", Role::scale, Init::ones), ref("bias", Role::shift, Init::zeros),
                    ref("running_mean", Role::running_mean, Init::zeros),
                    ref("running_var", Role::running_var, Init::ones)});
}

Value activation(BlockBuilder& block, const std::string& part, Value x,
                 const std::string& function) {
  if (function == "identity") return x;
  return block.add(part, std::make_shared<Activation>(function), {x});
}

Value conv_norm_act(BlockBuilder& block, const std::string& part, Value x, const Width& in,
                    const Width& out, const Kernel& kernel, const ConvOptions& options) {
  const std::string prefix = part.empty() ? "" : part + ".";
  const std::string conv = block.full_name(prefix + "conv");
  WeightRef weight{.name = conv + ".weight",
                   .role = Role::weight,
                   .init = Init::fan_out,
                   .dims = {width_dim(out)}};
  // A group's share of the input channels has no label: sorting would move them between groups.
  const int64_t share = options.depthwise ? 1 : in.used / options.groups;
  weight.dims.push_back(options.depthwise || options.groups > 1 ? Dim{share, 0, share, ""}
                                                                : width_dim(in));
  add_kernel(weight, conv, kernel);
  std::vector<WeightRef> weights = {std::move(weight)};
  if (options.bias) {
    weights.push_back({.name = conv + ".bias",
                       .role = Role::bias,
                       .init = Init::zeros,
                       .dims = {width_dim(out)}});
  }
  auto op = std::make_shared<Conv2d>(options.stride, kernel.used / 2,
                                     options.depthwise ? in.used : options.groups);
  x = block.add(prefix + "conv", std::move(op), {x}, std::move(weights));
  if (options.norm) x = batch_norm(block, prefix + "bn", x, out, options.norm_options);
  return activation(block, prefix + "act", x, options.activation);
}

Value pooled_classifier(BlockBuilder& block, Value x, const Width& in, int64_t classes) {
  if (block.shape(x).size() == 4) {
    if (block.shape(x)[2] != 1 || block.shape(x)[3] != 1) {
      x = block.add("pool", std::make_shared<GlobalAvgPool>(), {x});
    }
    x = block.add("flatten", std::make_shared<Reshape>(), {x});
  }
  const std::string name = block.full_name("linear");
  WeightRef weight{.name = name + ".weight",
                   .role = Role::weight,
                   .init = Init::fan_in,
                   .dims = {{classes, 0, classes, ""}, width_dim(in)}};
  WeightRef bias{.name = name + ".bias",
                 .role = Role::bias,
                 .init = Init::zeros,
                 .dims = {{classes, 0, classes, ""}}};
  return block.add("linear", std::make_shared<Linear>(), {x}, {std::move(weight), std::move(bias)});
}

}  // namespace tailor
