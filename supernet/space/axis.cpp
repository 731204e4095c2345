// Making axes.
#include "supernet/space/axis.h"

#include <numeric>
#include <utility>

#include "core/str.h"

namespace tailor {

Axis number_axis(std::string group, int slot, std::string where,
                 const std::vector<double>& values) {
  Axis axis;
  axis.group = std::move(group);
  axis.slot = slot;
  axis.where = std::move(where);
  axis.values = values;
  for (double value : values) axis.names.push_back(number(value));
  axis.same_as.resize(values.size());
  std::iota(axis.same_as.begin(), axis.same_as.end(), 0);
  return axis;
}

}  // namespace tailor
