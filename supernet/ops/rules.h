// Checks that several operations' shape rules share.
#pragma once

#include "core/error.h"
#include "supernet/space/op.h"

namespace tailor {

/// The single input, of `rank` dimensions (0: any). Throws ShapeError.
const Shape& one_input(const OpInputs& in, size_t rank);
/// All inputs, at least `least`, all of the first one's rank. Throws ShapeError.
std::span<const Shape> many_inputs(const OpInputs& in, size_t least);
/// The weight with this role and rank. Throws ShapeError.
const WeightRef& required_weight(const OpInputs& in, Role role, size_t rank);
/// A vector weight of `size` elements; may be absent unless required. Throws ShapeError.
void check_vector(const OpInputs& in, Role role, int64_t size, bool required);
/// The weight has the last one or two dimensions of x. Throws ShapeError.
void check_last_dimensions(const OpInputs& in, Role role, const Shape& x);

}  // namespace tailor
