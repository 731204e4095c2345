// Figures for people.
#include "core/rounded.h"

#include <cmath>

#include "core/str.h"

namespace tailor {

std::string rounded(double value, int places) {
  const double scale = std::pow(10, places);
  return number(std::round(value * scale) / scale);
}

}  // namespace tailor
