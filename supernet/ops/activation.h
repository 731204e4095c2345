// Elementwise functions.
#pragma once

#include "supernet/space/op.h"

namespace tailor {

/// function: relu, relu6, h_swish (x relu6(x+3)/6), h_sigmoid (relu6(x+3)/6), sigmoid, silu, gelu
/// (exact), tanh, softplus (log(1 + e^x)), log_sigmoid, identity.
struct Activation : OpBase<Activation> {
  static constexpr const char* kKind = "activation";
  std::string function = "relu";

  Activation() = default;
  explicit Activation(std::string f) : function(std::move(f)) {}
  Shape shape(const OpInputs& in) const override;
  void visit(AttrVisitor& visitor) override;
};

/// The functions above, for config choices.
const std::vector<std::string>& activation_names();

}  // namespace tailor
