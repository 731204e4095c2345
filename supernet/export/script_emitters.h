// Emitters of TorchScript: one an operation, found by kind. Text only, so no LibTorch here.
#pragma once

#include <string>
#include <string_view>

#include "supernet/export/python_emitters.h"

namespace tailor {

/// A node, with the variables that hold its inputs and the module that holds its weights.
struct ScriptCall {
  const PythonCall& node;
  std::string module;  ///< "self.stem.conv"; "" for a node without weights

  const std::string& arg(size_t i = 0) const { return node.args[i]; }
  /// The weight with this role as an attribute, or "None".
  std::string weight(Role role) const;
};

/// An expression of aten functions ("torch.relu(x)").
using ScriptEmit = std::string(const ScriptCall& call);

/// Throws Error naming an operation without emitter.
ScriptEmit* find_script_emitter(std::string_view kind);

}  // namespace tailor
