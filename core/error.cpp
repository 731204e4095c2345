// The body of TAILOR_CHECK.
#include "core/error.h"

namespace tailor {

void check_failed(const char* file, int line, const char* condition, const std::string& text) {
  throw Error(str(file, ":", line, ": check failed: ", condition, text.empty() ? "" : ": ", text,
                  "; this is a bug in tailor, please report it"));
}

}  // namespace tailor
