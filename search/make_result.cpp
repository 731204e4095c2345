// Best and front of the scored archs, with every metric.
#include "search/make_result.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "search/pareto.h"

namespace tailor::search {
namespace {

bool ranks_before(const Record& a, const Record& b) {
  if (a.objective != b.objective) return a.objective > b.objective;
  if (!a.tracked.empty() && a.tracked[0] != b.tracked[0]) return a.tracked[0] < b.tracked[0];
  return a.arch < b.arch;
}

/// Best objective first; of archs with equal values the one with the lower arch.
std::vector<Record> front_of(std::span<const Record> records, const Record& best) {
  if (best.tracked.empty()) return {best};
  std::vector<Record> sorted(records.begin(), records.end());
  std::sort(sorted.begin(), sorted.end(), ranks_before);
  std::vector<Point> points;
  for (const Record& record : sorted) points.push_back({record.objective, record.tracked[0]});
  std::vector<Record> out;
  for (size_t i : pareto_front(points, std::array{Direction::maximise, Direction::minimise})) {
    out.push_back(sorted[i]);
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
