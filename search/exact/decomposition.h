// A search space taken apart: choose for one axis, and the rest falls into parts that do not depend
// on each other. Parts that look the same from above are kept once, so this is a directed graph.
// Source: recursive conditioning with caching, Darwiche (2001); AND/OR search, Dechter and
// Mateescu, "AND/OR search spaces for graphical models" (2007).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "search/exact/hull.h"
#include "search/exact/terms.h"

namespace tailor::search::exact {

/// One choice of a part's axis: what it costs and brings by itself, and the parts that are left.
struct Branch {
  Code code = 0;
  double cost = 0, value = 0;
  std::vector<size_t> parts;
  Hull hull;  ///< of everything below, itself included
};

/// Axes that hang together, given the choices above. Branches stand for distinct archs.
struct Part {
  size_t axis = 0;
  std::vector<Branch> branches;
  Hull hull;
};

struct Decomposition {
  std::vector<Part> parts;  ///< [0, size): what a part's branches lead to comes before it
  /// Everything: no axis of its own, what holds for every arch, and the first parts. Its hull is
  /// empty where no arch is left.
  Branch root;
};

/// The space under the objective and one cost (`cost` below the number of costs; else none: every
/// cost is 0). nullopt when it would have more than `most_parts` parts.
std::optional<Decomposition> decompose(const Terms& terms, size_t cost,
                                       size_t most_parts = size_t{1} << 16);

/// An arch of the smallest cost; the decomposition has one.
Arch cheapest(const Terms& terms, const Decomposition& d);

}  // namespace tailor::search::exact
