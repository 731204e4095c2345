// Stage gradient: weights and the probabilities of choices, learned in turn under the limits.
#include "trainers/gradient/gradient_search.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "search/exact_search.h"
#include "tools/stages/estimators.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

/// Throws InfeasibleError with the smallest value that any network has, before hours of training.
void check_feasible(const Session& s, const std::vector<search::Constraint>& limits) {
  if (limits.empty()) return;
  search::Problem problem{
      .space = *s.space, .objective = limits[0].estimator, .constraints = limits};
  problem.only = s.gradient->only;
  const search::StrategyChoice exact{.name = search::kExactStrategy,
                                     .section = ConfigNode::parse("front: 0", "gradient"),
                                     .make = {}};
  search::run_search(problem, exact, {});
}

/// Of a probability too small for a double.
constexpr double kLeast = -1e6;

std::vector<train::GradientTarget> targets_of(const Session& s,
                                              const std::vector<search::Constraint>& limits) {
  std::vector<train::GradientTarget> out;
  for (const search::Constraint& each : limits) {
    std::optional<FactorSum> sum = each.estimator->factor_sum(&s.gradient->only);
    if (!sum) {
      s.search.node.child("limits").fail(
          each.limit.metric,
          "a search by gradient needs it as a sum of tables, and its estimator is none; for "
          "measured latency use profile.method blocks, with profile.networks 7 or less, so that a "
          "factor corrects the table");
    }
    out.push_back({each.limit.metric, each.limit.limit, std::move(*sum)});
  }
  return out;
}

predict::LearnedChoices learned(const train::GradientSearch& search) {
  predict::LearnedChoices out;
  const train::SlotValues probabilities = search.parameters().probabilities();
  out.base = search.slots().arch(search.parameters().most_likely());
  for (size_t i = 0; i < search.slots().size(); ++i) {
    const train::Slot& slot = search.slots()[i];
    predict::LearnedSlot& own = out.slots.emplace_back();
    own = {slot.name, slot.axes, slot.options, {}};
    for (const double p : probabilities[i])
      own.log_probabilities.push_back(std::max(std::log(p), kLeast));
  }
  return out;
}

}  // namespace

std::vector<std::string> run_gradient(const Session& s, RunDir& run, const std::string& hash) {
  const Estimators estimators(s, run);
  const std::vector<search::Constraint> limits = bind_limits(s, estimators);
  const std::vector<train::GradientTarget> targets = targets_of(s, limits);
  check_feasible(s, limits);
  train::TrainOptions training = s.train;
  training.start = s.start_weights(run);
  train::GradientSearch search(*s.space, *s.data, training, *s.gradient, targets,
                               static_cast<uint64_t>(s.seed), s.threads);
  log_info("gradient: ", search.slots().size(), " slots of '", s.space->name(), "'");
  search.run(run.file("gradient"), hash);
  const predict::LearnedChoices choices = learned(search);
  write_file(run.file(kLearnedFile), choices.text(*s.space));
  log_info("gradient: likeliest network ", s.space->print(choices.base));
  return {"gradient/checkpoint.safetensors", "gradient/history.csv", "gradient/architecture.csv",
          kLearnedFile};
}

}  // namespace tailor::tools
