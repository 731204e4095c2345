// Beam search over sets of places: which few of many are to be chosen, where scores interact.
#pragma once

#include <functional>
#include <vector>

namespace tailor::search {

/// Rising place numbers and what they are worth.
struct ScoredSet {
  std::vector<int> members;
  double score = 0;
};

struct BeamOptions {
  int places = 0;  ///< numbered from 0
  int size = 0;    ///< members of the result
  int width = 4;   ///< sets kept of every size
};

struct BeamResult {
  std::vector<ScoredSet> sets;  ///< every set scored, in order of scoring
  ScoredSet best;               ///< of the wanted size
};

/// Grows the best sets by one member at a time, from the empty one; every set is scored once,
/// whatever the order of its members. Higher is better; ties go to the smaller numbers. At most
/// places + (size - 1) * width * places scores; with width >= places and size 2 every pair is seen.
/// Source: Gu et al. 2025 (PostNAS), section 2.2, which names beam search without its details.
/// Throws Error: no place, a size outside [0, places], a width below 1, a score that is no number.
BeamResult beam_search(const BeamOptions& options,
                       const std::function<double(const std::vector<int>&)>& score);

}  // namespace tailor::search
