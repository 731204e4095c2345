// Which subnets are evaluated for predictors to learn from.
#pragma once

#include <vector>

#include "core/rng.h"
#include "supernet/space/search_space.h"

namespace tailor::train {

/// Smallest, largest, then drawn ones, `count` in all, each once; fewer where the space has hardly
/// as many and 100 draws for each did not find them. Half are uniform over choices (which gives
/// small networks their share); the others uniform over networks or, with a size_correlation above
/// 0, spread over sizes (SubnetSampler).
std::vector<Arch> evaluated_archs(const SearchSpace& space, int64_t count, double size_correlation,
                                  Rng rng);

}  // namespace tailor::train
