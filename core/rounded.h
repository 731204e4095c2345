// Figures for people: logs, progress and tables.
#pragma once

#include <string>

namespace tailor {

/// `value` to at most `places` decimals, as short as it can be written ("0.1235", "3").
std::string rounded(double value, int places);

}  // namespace tailor
