// Shape rules of pooling.
#include "supernet/ops/pool.h"

#include "supernet/ops/rules.h"

namespace tailor {

Shape Pool::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  if (mode != "max" && mode != "avg") throw ShapeError(str("mode '", mode, "' is not max or avg"));
  if (kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel) {
    throw ShapeError(
        str("kernel ", kernel, ", stride ", stride, ", padding ", padding, " cannot be"));
  }
  Shape out = x;
  for (size_t d : {size_t{2}, size_t{3}}) {
    const int64_t span = x[d] + 2 * padding - kernel;
    out[d] = (span + (ceil_mode ? stride - 1 : 0)) / stride + 1;
    // A window that begins in the right padding is dropped.
    if (ceil_mode && (out[d] - 1) * stride >= x[d] + padding) --out[d];
    if (span < 0) {
      throw ShapeError(str("input ", shape_text(x), " with padding ", padding,
                           " is smaller than the window, ", kernel));
    }
  }
  return out;
}

void Pool::visit(AttrVisitor& visitor) {
  visitor.on("mode", mode);
  visitor.on("kernel", kernel);
  visitor.on("stride", stride);
  visitor.on("padding", padding);
  visitor.on("ceil_mode", ceil_mode);
}

Shape GlobalAvgPool::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  return {x[0], x[1], 1, 1};
}

}  // namespace tailor
