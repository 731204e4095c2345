// How the search went: the best and the mean accuracy over its evaluations, and how much its front
// covers.
#include <algorithm>

#include "core/str.h"
#include "search/pareto.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

/// The column's numbers; empty when it is not there.
std::vector<double> numbers_of(const Csv& csv, const std::string& name) {
  std::vector<double> out;
  const auto found = std::find(csv.header.begin(), csv.header.end(), name);
  if (found == csv.header.end()) return out;
  const auto index = static_cast<size_t>(found - csv.header.begin());
  for (const auto& row : csv.rows) {
    double value = 0;
    if (parse_number(row[index], value)) out.push_back(value);
  }
  return out;
}

/// Evaluations after which the best was there.
double last_gain(const std::vector<double>& evaluations, const std::vector<double>& best) {
  const auto at = std::find(best.begin(), best.end(), best.back()) - best.begin();
  return evaluations[static_cast<size_t>(at)];
}

/// Share of the rectangle from no accuracy to 1 and from no latency to the limit that the front
/// dominates; nothing without a limit or a network within it.
std::optional<double> covered(const ReportData& data) {
  if (!data.limit_ms) return std::nullopt;
  std::vector<search::Point> points;
  for (const Network& n : data.front) {
    if (n.predicted_accuracy && n.predicted_latency_ms)
      points.push_back({*n.predicted_accuracy, *n.predicted_latency_ms});
  }
  if (points.empty()) return std::nullopt;
  const std::vector<search::Direction> directions = {search::Direction::maximise,
                                                     search::Direction::minimise};
  const search::Point reference = {0, *data.limit_ms};
  return search::hypervolume(points, directions, reference) / *data.limit_ms;
}

}  // namespace

std::string search_section(const ReportData& data) {
  const std::vector<double> evaluations = numbers_of(data.search_history, "evaluations");
  const std::vector<double> best = numbers_of(data.search_history, "best");
  if (evaluations.empty() || evaluations.size() != best.size()) return "";
  std::string note = str(evaluations.back(), " evaluations; the best was found after ",
                         last_gain(evaluations, best), " of them.");
  if (const std::optional<double> share = covered(data)) {
    note +=
        str(" The front's hypervolume, of the rectangle from no accuracy to 1 and from no latency "
            "to the limit: ",
            percent(*share), ".");
  }
  return section("search", "How the search went", note,
                 chart("search", "Best and mean accuracy over evaluations"));
}

}  // namespace tailor::report
