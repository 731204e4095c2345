// Shape rules of operations on sequences.
#include "supernet/ops/embedding.h"

#include "supernet/ops/rules.h"

namespace tailor {

Shape Embedding::shape(const OpInputs& in) const {
  const Shape& ids = one_input(in, 2);
  return {ids[0], ids[1], required_weight(in, Role::weight, 2).used_shape()[1]};
}

Shape LastToken::shape(const OpInputs& in) const {
  Shape x = one_input(in, 0);
  if (x.size() < 2) throw ShapeError(str("input must be [B, T, ...], got ", shape_text(x)));
  x[1] = 1;
  return x;
}

}  // namespace tailor
