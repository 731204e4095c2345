// Shared checks of shape rules.
#include "supernet/ops/rules.h"

namespace tailor {

const Shape& one_input(const OpInputs& in, size_t rank) {
  if (in.inputs.size() != 1) throw ShapeError(str("takes 1 input, got ", in.inputs.size()));
  if (rank && in.inputs[0].size() != rank) {
    throw ShapeError(str("input must have ", rank, " dimensions, got ", shape_text(in.inputs[0])));
  }
  return in.inputs[0];
}

std::span<const Shape> many_inputs(const OpInputs& in, size_t least) {
  if (in.inputs.size() < least) {
    throw ShapeError(str("takes at least ", least, " inputs, got ", in.inputs.size()));
  }
  for (const Shape& shape : in.inputs) {
    if (shape.size() != in.inputs[0].size()) {
      throw ShapeError(str("inputs ", shape_text(in.inputs[0]), " and ", shape_text(shape),
                           " differ in dimensions"));
    }
  }
  return in.inputs;
}

const WeightRef& required_weight(const OpInputs& in, Role role, size_t rank) {
  const WeightRef* ref = in.weight(role);
  if (!ref) throw ShapeError(str("has no ", role_name(role)));
  if (ref->used_shape().size() != rank) {
    throw ShapeError(str(role_name(role), " must have ", rank, " dimensions, got ",
                         shape_text(ref->used_shape())));
  }
  return *ref;
}

void check_vector(const OpInputs& in, Role role, int64_t size, bool required) {
  if (!required && !in.weight(role)) return;
  const Shape shape = required_weight(in, role, 1).used_shape();
  if (shape[0] != size) {
    throw ShapeError(str(role_name(role), " has ", shape[0], " elements, needs ", size));
  }
}

void check_last_dimensions(const OpInputs& in, Role role, const Shape& x) {
  const WeightRef* ref = in.weight(role);
  if (!ref) throw ShapeError(str("has no ", role_name(role)));
  const Shape got = ref->used_shape();
  const size_t count = got.size() == 1 ? 1 : 2;
  if (x.size() < count || got != Shape(x.end() - static_cast<ptrdiff_t>(count), x.end())) {
    throw ShapeError(str(role_name(role), " is ", shape_text(got), ", must have the last one or ",
                         "two dimensions of ", shape_text(x)));
  }
}

}  // namespace tailor
