// From a stored parameter to what a node receives: the view in use, and its value.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "supernet/space/weight_ref.h"

namespace tailor::supernet {

/// Always a view of `stored` (values or gradients of the full shape), one dimension a factor:
/// writing to it writes to the parameter. Throws ShapeError when the shapes disagree.
at::Tensor used_view(const at::Tensor& stored, const WeightRef& ref);

/// The parameter, whole, that a step multiplies by.
WeightRef matrix_reference(const WeightStep& step);

/// Merges factors and applies steps; may copy. `matrix` gives a transform's parameter by name.
at::Tensor weight_value(const at::Tensor& view, const WeightRef& ref,
                        const std::function<at::Tensor(const std::string&)>& matrix);

}  // namespace tailor::supernet
