// Best and front of the scored archs, with every metric.
#include "search/make_result.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::search {
namespace {

/// Best objective first; of archs with equal values the one with the lower arch.
std::vector<Record> front_of(std::span<const Record> records, const Record& best) {
  if (best.tracked.empty()) return {best};
  std::vector<const Record*> sorted;
  for (const Record& record : records) sorted.push_back(&record);
  std::sort(sorted.begin(), sorted.end(),
            [](const Record* a, const Record* b) { return ranks_before(*a, *b); });
  // In this order a record is beaten unless its trade-off metric is lower than all before it.
  std::vector<Record> out;
  for (const Record* record : sorted) {
    if (out.empty() || record->tracked[0] < out.back().tracked[0]) out.push_back(*record);
  }
  return out;
}

/// One value per column of the problem.
std::vector<Scored> with_all_metrics(const Problem& problem, const Scorer& scorer,
                                     const std::vector<Record>& records) {
  std::vector<Arch> archs;
  std::vector<Scored> out;
  for (const Record& record : records) {
    archs.push_back(record.arch);
    Scored& scored = out.emplace_back(Scored{record.arch, {record.objective}});
    const auto limits = static_cast<ptrdiff_t>(problem.constraints.size());
    scored.values.insert(scored.values.end(), record.tracked.begin(),
                         record.tracked.begin() + limits);
  }
  for (const Estimator* estimator : problem.extra()) {
    const std::vector<double> values = scorer.values(*estimator, archs);
    for (size_t i = 0; i < out.size(); ++i) out[i].values.push_back(values[i]);
  }
  return out;
}

}  // namespace

bool ranks_before(const Record& a, const Record& b) {
  if (a.objective != b.objective) return a.objective > b.objective;
  if (!a.tracked.empty() && a.tracked[0] != b.tracked[0]) return a.tracked[0] < b.tracked[0];
  return a.arch < b.arch;
}

SearchResult make_result(const Problem& problem, const Scorer& scorer,
                         std::span<const Record> records) {
  TAILOR_CHECK(!records.empty(), "a search scores at least one arch");
  const Record& best = *std::min_element(records.begin(), records.end(), ranks_before);
  SearchResult out;
  out.space = problem.space.name();
  out.metrics = problem.columns();
  out.best = with_all_metrics(problem, scorer, {best}).front();
  out.front = with_all_metrics(problem, scorer, front_of(records, best));
  out.evaluations = static_cast<int64_t>(records.size());
  for (size_t c = 0; c < problem.constraints.size(); ++c) {
    const Limit& limit = problem.constraints[c].limit;
    out.constraints.push_back({limit, best.tracked[c], limit.satisfied(best.tracked[c])});
  }
  return out;
}

}  // namespace tailor::search
