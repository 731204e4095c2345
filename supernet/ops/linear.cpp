// Shape rule and cost of linear.
#include "supernet/ops/linear.h"

#include "supernet/ops/rules.h"

namespace tailor {

Shape Linear::shape(const OpInputs& in) const {
  Shape x = one_input(in, 0);
  const Shape w = required_weight(in, Role::weight, 2).used_shape();
  if (x.empty() || x.back() != w[1]) {
    throw ShapeError(str("input is ", shape_text(x), ", weight takes ", w[1], " features"));
  }
  check_vector(in, Role::bias, w[0], false);
  x.back() = w[0];
  return x;
}

int64_t Linear::macs(const OpInputs& in, const Shape& out) const {
  return numel({numel(out), in.weight(Role::weight)->used_shape()[1]});
}

}  // namespace tailor
