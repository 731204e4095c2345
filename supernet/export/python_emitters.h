// Emitters of PyTorch code: one an operation, found by kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "supernet/export/flat_network.h"

namespace tailor {

/// A node, with the variables that hold its inputs.
struct PythonCall {
  const FlatNetwork& network;
  const FlatNode& node;
  std::vector<std::string> args;

  template <class T>
  const T& op() const {
    return static_cast<const T&>(*node.node->op);
  }
  const Shape& input_shape() const { return network.shape(node.inputs[0]); }
  Shape weight_shape(Role role) const { return node.node->weight(role)->used_shape(); }
  bool has(Role role) const { return node.node->weight(role) != nullptr; }
};

/// The call of a network's node; variables: see variable_names.
PythonCall python_call(const FlatNetwork& network, const FlatNode& node,
                       const std::vector<std::string>& variables);

/// Either a layer's constructor call (the layer is then called on the inputs) or an expression.
struct PythonCode {
  std::string layer = {};
  std::string expression = {};
  std::string helper = {};  ///< what it needs of python_sequence.h's python_helper; "": nothing
};
using PythonEmit = PythonCode(const PythonCall& call);

/// Throws Error naming an operation without emitter.
PythonEmit* find_python_emitter(std::string_view kind);

}  // namespace tailor
