// Growing sets level by level.
#include "search/beam.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"

namespace tailor::search {
namespace {

/// The sets with one member more than those of the beam, each once.
std::set<std::vector<int>> grown(const std::vector<ScoredSet>& beam, int places) {
  std::set<std::vector<int>> out;
  for (const ScoredSet& from : beam) {
    for (int place = 0; place < places; ++place) {
      if (std::binary_search(from.members.begin(), from.members.end(), place)) continue;
      std::vector<int> members = from.members;
      members.insert(std::upper_bound(members.begin(), members.end(), place), place);
      out.insert(std::move(members));
    }
  }
  return out;
}

}  // namespace

BeamResult beam_search(const BeamOptions& options,
                       const std::function<double(const std::vector<int>&)>& score) {
  if (options.size < 0 || options.size > options.places || options.width < 1) {
    throw Error(str("beam search of ", options.size, " of ", options.places, " places, width ",
                    options.width));
  }
  BeamResult result;
  const auto scored = [&](const std::vector<int>& members) {
    const double value = score(members);
    if (std::isnan(value)) throw Error(str("places ", join(members, ","), " have no score"));
    result.sets.push_back({members, value});
    return result.sets.back();
  };
  std::vector<ScoredSet> beam = {scored({})};
  for (int size = 1; size <= options.size; ++size) {
    std::vector<ScoredSet> level;
    for (const std::vector<int>& members : grown(beam, options.places)) {
      level.push_back(scored(members));
    }
    std::stable_sort(level.begin(), level.end(),
                     [](const ScoredSet& a, const ScoredSet& b) { return a.score > b.score; });
    if (level.size() > static_cast<size_t>(options.width)) {
      level.resize(static_cast<size_t>(options.width));
    }
    beam = std::move(level);
  }
  result.best = beam.front();
  return result;
}

}  // namespace tailor::search
