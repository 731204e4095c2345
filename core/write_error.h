// A file that could not be written though its name and place are right.
#pragma once

#include <string_view>

#include "core/error.h"

namespace tailor {

/// The disk or its quota is full, or it failed: no fault of what the user asked for.
class WriteError : public IoError {
 public:
  using IoError::IoError;
};

/// Throws "PATH: cannot ACTION: REASON" for an errno: a WriteError where it is the disk's (no room,
/// no quota, a file too large for it, a failed transfer), else an IoError.
[[noreturn]] void throw_write_error(const std::string& path, std::string_view action, int error);

}  // namespace tailor
