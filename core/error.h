// Error types of the library and the check macro for our own invariants.
// The library throws and never prints, exits or aborts; tools/main.cpp has the only catch.
#pragma once

#include <stdexcept>
#include <string>

#include "core/str.h"

namespace tailor {

/// Base of every error thrown by tailor. The text says where, what was expected against what was
/// found, and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A config or command line that cannot be used; the text starts with `file:line:column:`.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A name that no registry knows; the text lists the known ones and the nearest.
class UnknownNameError : public ConfigError {
 public:
  using ConfigError::ConfigError;
};

/// A network whose shapes do not fit; the text names the node.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// A device or a measurement that failed.
class DeviceError : public Error {
 public:
  using Error::Error;
};

/// A limit that no architecture meets; the text gives the smallest value known.
class InfeasibleError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read or written, or whose content is not what it claims to be.
class IoError : public Error {
 public:
  using Error::Error;
};

/// The user asked to stop (Ctrl-C); state was saved before this was thrown.
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// Throws Error with file and line; the body of TAILOR_CHECK.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& text);

}  // namespace tailor

/// For our own invariants, never for user input. TAILOR_CHECK(n > 0, "n is ", n);
#define TAILOR_CHECK(condition, ...)                                                      \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      ::tailor::check_failed(__FILE__, __LINE__, #condition, ::tailor::str(__VA_ARGS__)); \
    }                                                                                     \
  } while (false)
