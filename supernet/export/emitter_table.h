// Finding an operation's emitter: the same for every format that is written operation by operation.
#pragma once

#include <map>
#include <string_view>

#include "core/error.h"

namespace tailor {

/// The emitter of operation `kind`. Throws Error naming the operation, the format ("ONNX") and the
/// file that lists its emitters.
template <class Emit>
Emit* find_emitter(const std::map<std::string_view, Emit*>& emitters, std::string_view kind,
                   const char* format, const char* file) {
  const auto found = emitters.find(kind);
  if (found == emitters.end()) {
    throw Error(str("operation '", kind, "' has no ", format, " emitter; add one to ", file));
  }
  return found->second;
}

}  // namespace tailor
