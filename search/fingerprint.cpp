// One text of all that matters, hashed.
#include "search/fingerprint.h"

#include "core/str.h"

namespace tailor::search {

std::string search_fingerprint(const Problem& problem, const StrategyChoice& strategy,
                               const DriverOptions& options) {
  std::string text =
      str(problem.space.name(), "\n", strategy.name, "\n", strategy.section.canonical_text(), "\n",
          options.seed, " ", options.batch, "\n", join(problem.columns(), " "), "\n");
  for (const Axis& axis : problem.space.axes()) {
    text += str(axis.group, " ", axis.slot, " ", join(axis.names, ","), "\n");
  }
  for (size_t c = 0; c < problem.constraints.size(); ++c) {
    Limit limit = problem.constraints[c].limit;
    if (options.sweep && options.sweep->constraint == c) limit.limit = 0;  // it changes
    text += limit.text() + "\n";
  }
  if (problem.only) {
    for (const std::vector<bool>& axis : problem.only->allowed) text += join(axis, "") + "\n";
    for (const Coupling& each : problem.only->couplings) {
      text += str(each.leader, " ", each.follower);
      for (const int8_t choice : each.choice) text += str(" ", static_cast<int>(choice));
      text += "\n";
    }
  }
  if (options.sweep) {
    text += str(options.evaluations, " ", number(options.seconds));
    for (const double limit : options.sweep->limits) text += " " + number(limit);
  }
  return hex(fnv1a(text));
}

}  // namespace tailor::search
