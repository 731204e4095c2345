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

Shape HeadNorm::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  for (Role role : {Role::scale, Role::shift}) {
    required_weight(in, role, 2);
    check_last_dimensions(in, role, x);
  }
  return x;
}

void HeadNorm::visit(AttrVisitor& visitor) { visitor.on("eps", eps); }

Shape RmsNorm::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.empty()) throw ShapeError("input has no dimension");
  check_vector(in, Role::scale, x.back(), true);
  return x;
}

void RmsNorm::visit(AttrVisitor& visitor) { visitor.on("eps", eps); }

Shape GatedRmsNorm::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 2);
  if (shapes.size() != 2 || shapes[0] != shapes[1] || shapes[0].empty()) {
    throw ShapeError(str("takes values and a gate of one shape, got ", shape_text(shapes[0]),
                         " and ", shape_text(shapes[1])));
  }
  check_vector(in, Role::scale, shapes[0].back(), true);
  return shapes[0];
}

void GatedRmsNorm::visit(AttrVisitor& visitor) {
  visitor.on("eps", eps);
  visitor.on("gate_first", gate_first);
}

Shape L2Norm::shape(const OpInputs& in) const { return one_input(in, 0); }

void L2Norm::visit(AttrVisitor& visitor) {
  visitor.on("eps", eps);
  visitor.on("scale", scale);
}

}  // namespace tailor
