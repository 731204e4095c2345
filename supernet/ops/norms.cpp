// Shape rules of the normalisations.
#include "supernet/ops/norms.h"

#include "supernet/ops/rules.h"

namespace tailor {

Shape BatchNorm::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.size() < 2) throw ShapeError(str("input must be [N, C, ...], got ", shape_text(x)));
  for (Role role : {Role::scale, Role::shift, Role::running_mean, Role::running_var}) {
    check_vector(in, role, x[1], true);
  }
  return x;
}

void BatchNorm::visit(AttrVisitor& visitor) {
  visitor.on("eps", eps);
  visitor.on("momentum", momentum);
}

Shape LayerNorm::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.empty()) throw ShapeError("input has no dimension");
  check_vector(in, Role::scale, x.back(), true);
  check_vector(in, Role::shift, x.back(), true);
  return x;
}

void LayerNorm::visit(AttrVisitor& visitor) { visitor.on("eps", eps); }

Shape RmsNorm::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.empty()) throw ShapeError("input has no dimension");
  check_vector(in, Role::scale, x.back(), true);
  return x;
}

void RmsNorm::visit(AttrVisitor& visitor) { visitor.on("eps", eps); }

}  // namespace tailor
