#include "core/write_error.h"

#include <cerrno>
#include <system_error>

namespace tailor {

void throw_write_error(const std::string& path, std::string_view action, int error) {
  const std::string text =
      str(path, ": cannot ", action, ": ", std::generic_category().message(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG || error == EIO) throw WriteError(text);
  throw IoError(text);
}

}  // namespace tailor
