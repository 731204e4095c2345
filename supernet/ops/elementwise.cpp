// Shape rules of sums and products.
#include "supernet/ops/elementwise.h"

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

const Shape& two_alike(const OpInputs& in) {
  const auto shapes = many_inputs(in, 2);
  if (shapes.size() != 2 || shapes[0] != shapes[1]) {
    throw ShapeError(str("takes 2 inputs of one shape, got ", shape_text(shapes[0]), " and ",
                         shape_text(shapes[1])));
  }
  return shapes[0];
}

}  // namespace

Shape Add::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 2);
  for (const Shape& shape : shapes) {
    if (shape != shapes[0]) {
      throw ShapeError(str("cannot add ", shape_text(shapes[0]), " and ", shape_text(shape)));
    }
  }
  return shapes[0];
}

Shape Multiply::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 2);
  if (shapes.size() != 2) throw ShapeError(str("takes 2 inputs, got ", shapes.size()));
  for (size_t d = 0; d < shapes[0].size(); ++d) {
    if (shapes[1][d] != shapes[0][d] && shapes[1][d] != 1) {
      throw ShapeError(
          str("cannot multiply ", shape_text(shapes[0]), " by ", shape_text(shapes[1])));
    }
  }
  return shapes[0];
}

Shape ScaleHeads::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.size() < 2) throw ShapeError(str("input must be [..., h, V], got ", shape_text(x)));
  const WeightRef* scale = in.weight(Role::scale);
  if (scale && scale->used_shape().size() == 2) {
    check_last_dimensions(in, Role::scale, x);
  } else {
    check_vector(in, Role::scale, x[x.size() - 2], true);
  }
  return x;
}

Shape Lerp::shape(const OpInputs& in) const {
  const Shape& x = two_alike(in);
  check_last_dimensions(in, Role::scale, x);
  return x;
}

Shape WeightedDot::shape(const OpInputs& in) const {
  Shape out = two_alike(in);
  required_weight(in, Role::scale, 2);
  check_last_dimensions(in, Role::scale, out);
  out.back() = 1;
  return out;
}

int64_t WeightedDot::macs(const OpInputs& in, const Shape&) const { return numel(in.inputs[0]); }

}  // namespace tailor
