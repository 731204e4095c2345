// Shape rule of activations.
#include "supernet/ops/activation.h"

#include <algorithm>

#include "supernet/ops/rules.h"

namespace tailor {

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = {"identity",  "relu",     "relu6",      "h_swish",
                                                 "h_sigmoid", "sigmoid",  "silu",       "gelu",
                                                 "tanh",      "softplus", "log_sigmoid"};
  return names;
}

Shape Activation::shape(const OpInputs& in) const {
  const auto& names = activation_names();
  if (std::find(names.begin(), names.end(), function) == names.end()) {
    throw ShapeError(str("no function '", function, "'; known: ", join(names, ", ")));
  }
  return one_input(in, 0);
}

void Activation::visit(AttrVisitor& visitor) { visitor.on("function", function); }

}  // namespace tailor
