// Ranges, factors and kernel transforms.
#include "supernet/torch/weight_view.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace tailor::supernet {
namespace {

/// Source: once-for-all, dynamic_op.py, DynamicSeparableConv2d.get_active_filter.
at::Tensor transform_kernel(const at::Tensor& kernel, const KernelTransform& step,
                            const at::Tensor& matrix) {
  const int64_t from = kernel.size(3), to = step.size;
  at::Tensor centre = kernel;
  if (from != to) {
    const int64_t begin = from / 2 - to / 2;
    centre = centre.narrow(2, begin, to).narrow(3, begin, to);
  }
  const at::Tensor flat = centre.reshape({kernel.size(0) * kernel.size(1), to * to});
  return at::linear(flat, matrix).view({kernel.size(0), kernel.size(1), to, to});
}

}  // namespace

at::Tensor used_view(const at::Tensor& stored, const WeightRef& ref) {
  if (stored.sizes().vec() != ref.full_shape()) {
    throw ShapeError(str("parameter '", ref.name, "' is stored as ",
                         shape_text(stored.sizes().vec()), ", the network takes it from ",
                         shape_text(ref.full_shape())));
  }
  at::Tensor view = stored;
  if (!ref.fold.empty()) {
    Shape factors;
    for (const Dim& dim : ref.dims) factors.push_back(dim.full);
    view = view.view(factors);
  }
  for (size_t d = 0; d < ref.dims.size(); ++d) {
    const Dim& dim = ref.dims[d];
    if (!dim.whole()) view = view.narrow(static_cast<int64_t>(d), dim.begin, dim.count);
  }
  return view;
}

WeightRef matrix_reference(const WeightStep& step) {
  const auto& transform = std::get<KernelTransform>(step);
  const int64_t taps = transform.size * transform.size;
  return whole_weight(transform.matrix, Role::transform, Init::identity, {taps, taps});
}

at::Tensor weight_value(const at::Tensor& view, const WeightRef& ref,
                        const std::function<at::Tensor(const std::string&)>& matrix) {
  at::Tensor value = view;
  if (!ref.fold.empty()) {
    Shape merged;
    size_t next = 0;
    for (int factors : ref.fold) {
      int64_t size = 1;
      for (int i = 0; i < factors; ++i) size *= ref.dims[next++].count;
      merged.push_back(size);
    }
    value = value.reshape(merged);
  }
  for (const WeightStep& step : ref.steps) {
    const auto& transform = std::get<KernelTransform>(step);
    value = transform_kernel(value, transform, matrix(transform.matrix));
  }
  return value;
}

}  // namespace tailor::supernet
