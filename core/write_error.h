// A file that could not be written though its name and place are right.
#pragma once

#include "core/error.h"

namespace tailor {

/// The disk or its quota is full, or it failed: no fault of what the user asked for.
class WriteError : public IoError {
 public:
  using IoError::IoError;
};

}  // namespace tailor
