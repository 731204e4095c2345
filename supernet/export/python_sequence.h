// Emitters of PyTorch code for operations on sequences of tokens, and the functions and layers that
// PyTorch lacks for them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "supernet/export/python_emitters.h"

namespace tailor {

/// The emitters, by kind of operation.
const std::map<std::string_view, PythonEmit*>& python_sequence_emitters();

/// The definition of a function or class that PythonCode::helper names.
const char* python_helper(std::string_view name);

}  // namespace tailor
