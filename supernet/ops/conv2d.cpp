// Shape rule and cost of conv2d.
#include "supernet/ops/conv2d.h"

#include "supernet/ops/rules.h"

namespace tailor {

Shape Conv2d::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  const Shape w = required_weight(in, Role::weight, 4).used_shape();
  if (stride < 1 || padding < 0 || groups < 1) {
    throw ShapeError(
        str("stride ", stride, ", padding ", padding, ", groups ", groups, " cannot be"));
  }
  const int64_t takes = numel({w[1], groups});
  if (x[1] != takes) {
    throw ShapeError(str("input has ", x[1], " channels, weight takes ", takes));
  }
  if (w[0] % groups != 0) {
    throw ShapeError(str(w[0], " output channels do not divide into ", groups, " groups"));
  }
  check_vector(in, Role::bias, w[0], false);
  const int64_t rows = x[2] + 2 * padding - w[2], columns = x[3] + 2 * padding - w[3];
  if (rows < 0 || columns < 0) {
    throw ShapeError(str("input ", shape_text(x), " with padding ", padding,
                         " is smaller than the kernel, ", w[2], "x", w[3]));
  }
  return {x[0], w[0], rows / stride + 1, columns / stride + 1};
}

int64_t Conv2d::macs(const OpInputs& in, const Shape& out) const {
  const Shape w = in.weight(Role::weight)->used_shape();
  return numel({numel(out), w[1], w[2], w[3]});
}

void Conv2d::visit(AttrVisitor& visitor) {
  visitor.on("stride", stride);
  visitor.on("padding", padding);
  visitor.on("groups", groups);
}

}  // namespace tailor
