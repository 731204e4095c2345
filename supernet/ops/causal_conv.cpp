// Shape rules, costs and states of causal convolutions.
#include "supernet/ops/causal_conv.h"

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

std::vector<StateSlot> history(const Shape& x, int64_t taps) {
  if (taps < 2) return {};
  return {{"history", {x[0], taps - 1, x[2]}}};
}

}  // namespace

Shape CausalConv::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 3);
  const Shape w = required_weight(in, Role::weight, 2).used_shape();
  if (w[0] != x[2]) {
    throw ShapeError(str("input has ", x[2], " channels, weight is ", shape_text(w)));
  }
  check_vector(in, Role::bias, x[2], false);
  return x;
}

int64_t CausalConv::macs(const OpInputs& in, const Shape& out) const {
  return numel({numel(out), in.weight(Role::weight)->used_shape()[1]});
}

std::vector<StateSlot> CausalConv::state(const OpInputs& in) const {
  return history(in.inputs[0], in.weight(Role::weight)->used_shape()[1]);
}

Shape DynamicCausalConv::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 2);
  const Shape& x = shapes[0];
  const Shape& hidden = shapes[1];
  const Shape w = required_weight(in, Role::weight, 2).used_shape();
  if (shapes.size() != 2 || x.size() != 3 || hidden[0] != x[0] || hidden[1] != x[1]) {
    throw ShapeError(str("takes x [B, T, D] and hidden [B, T, R], got ", shape_text(x), " and ",
                         shape_text(hidden)));
  }
  if (taps < 1 || w != Shape{x[2] * taps, hidden[2]}) {
    throw ShapeError(
        str("weight must be ", shape_text({x[2] * taps, hidden[2]}), ", got ", shape_text(w)));
  }
  check_vector(in, Role::bias, w[0], true);
  return x;
}

int64_t DynamicCausalConv::macs(const OpInputs& in, const Shape& out) const {
  return numel({numel(out), taps, in.inputs[1][2] + 1});
}

std::vector<StateSlot> DynamicCausalConv::state(const OpInputs& in) const {
  return history(in.inputs[0], taps);
}

void DynamicCausalConv::visit(AttrVisitor& visitor) { visitor.on("taps", taps); }

Shape TokenShift::shape(const OpInputs& in) const { return one_input(in, 3); }

std::vector<StateSlot> TokenShift::state(const OpInputs& in) const {
  return history(in.inputs[0], 2);
}

}  // namespace tailor
