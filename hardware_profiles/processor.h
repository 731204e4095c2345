// The processor this program runs on.
#pragma once

#include <string>

namespace tailor::hw {

/// As the system names it, for the headers of tables; "unknown processor" where it does not.
std::string processor_name();

}  // namespace tailor::hw
