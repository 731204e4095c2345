// Drawing subnets.
#include "trainers/phases/evaluated_archs.h"

#include <optional>
#include <unordered_set>

#include "core/error.h"
#include "trainers/phases/subnet_sampler.h"

namespace tailor::train {
namespace {

/// Half uniform over choices (which gives small networks their share); the others uniform over
/// networks or, where `sized` is given, spread over sizes.
std::vector<Arch> draw_archs(const SearchSpace& space, const SubnetSampler* sized, int64_t count,
                             Rng& rng) {
  std::vector<Arch> out;
  if (sized) out = sized->sample(count / 2, rng);
  while (std::ssize(out) < count) {
    out.push_back(space.sample_choices(rng));
    if (!sized && std::ssize(out) < count) out.push_back(space.sample(rng));
  }
  return out;
}

}  // namespace

std::vector<Arch> evaluated_archs(const SearchSpace& space, int64_t count, double size_correlation,
                                  Rng rng) {
  constexpr int64_t kDrawsPerArch = 100;  // for spaces of hardly more networks
  std::optional<SubnetSampler> sized;
  if (size_correlation > 0) sized.emplace(space, size_correlation);
  std::vector<Arch> out = {space.smallest(), space.largest()};
  std::unordered_set<Arch, ArchHash> seen(out.begin(), out.end());
  for (int64_t draws = 0; std::ssize(out) < count && draws < kDrawsPerArch * count;) {
    const int64_t missing = count - std::ssize(out);
    draws += missing;
    for (const Arch& arch : draw_archs(space, sized ? &*sized : nullptr, missing, rng)) {
      if (seen.insert(arch).second) out.push_back(arch);
    }
  }
  return out;
}

}  // namespace tailor::train
