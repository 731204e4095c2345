// Asking an operation for the shape it makes.
#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "supernet/space/op.h"
#include "tests/support/error_text.h"

namespace tailor::test {

inline WeightRef ref(Role role, const Shape& shape) {
  return whole_weight(role_name(role), role, Init::zeros, shape);
}

inline Shape shape_of(const Op& op, const std::vector<Shape>& inputs,
                      const std::vector<WeightRef>& weights = {}) {
  return op.shape({inputs, weights});
}

inline std::string shape_error(const Op& op, const std::vector<Shape>& inputs,
                               const std::vector<WeightRef>& weights = {}) {
  return error_text<ShapeError>([&] { shape_of(op, inputs, weights); });
}

inline int64_t macs_of(const Op& op, const std::vector<Shape>& inputs,
                       const std::vector<WeightRef>& weights) {
  const OpInputs in{inputs, weights};
  return op.macs(in, op.shape(in));
}

}  // namespace tailor::test
