// Stage placement: which layers keep full attention, which a window. A super network of both paths
// in every layer learns to act as the transformer does, a random path at a time; beam search then
// reads off it which few full layers serve a task best.
// Source: Gu et al. 2025, section 2.2.
#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "predictors/cost_estimator.h"
#include "search/beam.h"
#include "search/driver.h"
#include "tools/stages/placement_latency.h"
#include "tools/stages/postnas.h"
#include "tools/stages/stage.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

constexpr const char* kLatencyFile = "placement/latency.csv";

/// Scores of placements, each measured once and written to placement/scores.csv.
class Placements {
 public:
  Placements(const Postnas& postnas, const supernet::ParameterStore& store)
      : postnas_(postnas), store_(store) {
    table_.header = {"step", "mixers"};
    for (const std::string& column : postnas.score_columns()) table_.header.push_back(column);
  }

  const TaskScores& score(const std::string& step, const std::vector<std::string>& mixers) {
    const std::string name = join(mixers, ",");
    auto it = known_.find(name);
    if (it == known_.end()) {
      it = known_.emplace(name, postnas_.score(postnas_.arch(mixers), store_)).first;
    }
    std::vector<std::string> row = {step, name};
    for (const std::string& field : score_fields(it->second)) row.push_back(field);
    table_.rows.push_back(std::move(row));
    return it->second;
  }

  std::string text() const { return table_.text(); }

 private:
  const Postnas& postnas_;
  const supernet::ParameterStore& store_;
  std::map<std::string, TaskScores> known_;
  Csv table_;
};

/// Beam search for `count` layers that hold `what` while the rest stays as in `mixers`. Layers that
/// already hold attention are not asked.
std::vector<std::string> place(const Postnas& postnas, Placements& placements,
                               const std::vector<std::string>& mixers, const std::string& what,
                               int64_t count, train::TokenTask task) {
  std::vector<int> open;
  for (size_t i = 0; i < mixers.size(); ++i) {
    if (mixers[i] == postnas.section().placement.linear) open.push_back(static_cast<int>(i));
  }
  const auto with = [&](const std::vector<int>& members) {
    std::vector<std::string> out = mixers;
    for (const int m : members) out[static_cast<size_t>(open[static_cast<size_t>(m)])] = what;
    return out;
  };
  const search::BeamResult found =
      search::beam_search({.places = static_cast<int>(open.size()),
                           .size = static_cast<int>(count),
                           .width = static_cast<int>(postnas.section().placement.beam)},
                          [&](const std::vector<int>& members) {
                            return -placements.score("beam " + what, with(members)).of(task).loss;
                          });
  return with(found.best.members);
}

/// Every layer's worth: the loss with it alone full, and with it alone linear.
void score_layers(const Postnas& postnas, Placements& placements) {
  const std::string& linear = postnas.section().placement.linear;
  for (int layer = 0; layer < static_cast<int>(postnas.layers()); ++layer) {
    placements.score("full alone",
                     train::placed(postnas.layers(), linear, train::kFullMixer, {layer}));
    placements.score("linear alone",
                     train::placed(postnas.layers(), train::kFullMixer, linear, {layer}));
  }
}

/// Loss of a layer alone when it is not full: the additive score that exact search works on.
FactorEstimator additive_score(const Postnas& postnas, Placements& placements,
                               train::TokenTask task) {
  const std::string& linear = postnas.section().placement.linear;
  const int64_t layers = postnas.layers();
  const std::vector<std::string> full(static_cast<size_t>(layers), train::kFullMixer);
  const double whole = placements.score("full", full).of(task).loss;
  std::vector<Factor> factors;
  for (int layer = 0; layer < static_cast<int>(layers); ++layer) {
    const double without =
        placements.score("additive", train::placed(layers, train::kFullMixer, linear, {layer}))
            .of(task)
            .loss;
    factors.push_back(mixer_factor(postnas, layer, 0, whole - without));
  }
  return FactorEstimator("score", FactorSum(postnas.space(), 0, std::move(factors)));
}

/// The choices of placements: full or linear, at the largest sizes.
Restriction placement_choices(const Postnas& postnas) {
  Restriction only;
  const Arch& largest = postnas.base();
  for (const Axis& axis : postnas.space().axes()) {
    std::vector<bool>& allowed = only.allowed.emplace_back();
    for (size_t c = 0; c < axis.names.size(); ++c) {
      const bool mixer =
          axis.names[c] == train::kFullMixer || axis.names[c] == postnas.section().placement.linear;
      allowed.push_back(axis.group == "mixer" ? mixer : c + 1 == axis.names.size());
    }
  }
  TAILOR_CHECK(postnas.space().allows(only, largest), "the transformer is no placement");
  return only;
}

/// Limits of exact placement with their estimators: those of the config, or the memory of `like`.
class PlacementLimits {
 public:
  PlacementLimits(const Postnas& postnas, const std::vector<std::string>& like, RunDir& run)
      : base_(postnas.base()) {
    const PostnasSection::Placement::Exact& shares = postnas.section().placement.exact;
    const bool none = shares.state_bytes == 0 && shares.prefill == 0 && shares.decode == 0;
    const Workload load{
        .tokens = 1, .context = postnas.section().sizes.context - 1, .phase = Phase::decode};
    auto memory = std::make_unique<predict::CostEstimator>(postnas.space(), "state_bytes", load);
    const double taken = estimate_one(*memory, none ? postnas.arch(like) : base_);
    add(std::move(memory), none ? taken : shares.state_bytes * taken);
    if (shares.prefill == 0 && shares.decode == 0) return;
    const PlacementLatencies measured = measure_placements(postnas, kRounds);
    write_file(run.file(kLatencyFile), placement_latency_csv(measured, postnas.layers()));
    add_share(placement_latency(postnas, "prefill_ms", measured.prefill), shares.prefill);
    add_share(placement_latency(postnas, "decode_ms", measured.decode), shares.decode);
  }

  const std::vector<search::Constraint>& constraints() const { return constraints_; }

 private:
  static constexpr int64_t kRounds = 5;

  void add_share(FactorEstimator estimator, double share) {
    const double whole = estimate_one(estimator, base_);
    add(std::make_unique<FactorEstimator>(std::move(estimator)), share * whole);
  }
  void add(std::unique_ptr<Estimator> estimator, double limit) {
    if (limit == 0) return;
    constraints_.push_back({{.metric = estimator->metric(), .limit = limit}, estimator.get()});
    estimators_.push_back(std::move(estimator));
  }

  const Arch& base_;
  std::vector<std::unique_ptr<Estimator>> estimators_;
  std::vector<search::Constraint> constraints_;
};

/// The best placement by the sum of what layers lose alone, within the limits; with the whole front
/// in placement/front.csv. Source: Bercovich et al. 2024 (Puzzle), section 2.
std::vector<std::string> exact_placement(const Postnas& postnas, Placements& placements,
                                         const std::vector<std::string>& like, RunDir& run) {
  const SearchSpace& space = postnas.space();
  const FactorEstimator score =
      additive_score(postnas, placements, postnas.section().placement.full_task);
  const PlacementLimits limits(postnas, like, run);
  const search::Problem problem{.space = space,
                                .only = placement_choices(postnas),
                                .objective = &score,
                                .constraints = limits.constraints()};
  const search::SearchResult result = search::run_search(
      problem, search::choose_strategy(ConfigNode::parse("name: exact", "placement")), {});
  Csv front;
  front.header = {"score"};
  for (const search::Constraint& c : limits.constraints()) front.header.push_back(c.limit.metric);
  front.header.push_back("mixers");
  for (const search::Scored& each : result.front) {
    std::vector<std::string> row;
    for (const double value : each.values) row.push_back(number(value));
    row.push_back(join(train::mixers_of(space, each.arch), ","));
    front.rows.push_back(std::move(row));
  }
  write_file(run.file("placement/front.csv"), front.text());
  return train::mixers_of(space, result.best.arch);
}

void train_supernet(const Postnas& postnas, supernet::ParameterStore& store, RunDir& run,
                    const std::string& hash) {
  const PostnasSection::Placement& section = postnas.section().placement;
  const train::FrozenTeacher teacher = postnas.teacher();
  store.freeze([](const supernet::Parameter& p) { return !is_mixer_weight(p); });
  const auto draw = [&](Rng& rng) {
    std::vector<std::string> mixers;
    for (int64_t i = 0; i < postnas.layers(); ++i) {
      mixers.push_back(rng.coin(0.5) ? train::kFullMixer : section.linear);
    }
    return postnas.arch(mixers);
  };
  const Session& s = postnas.session();
  train::LanguageTrainer trainer(
      postnas.space(), postnas.data(), store, section.schedule,
      {.draw = draw, .loss = {.labels = 0, .features = 1}, .teacher = &teacher}, s.rng("placement"),
      s.threads);
  trainer.run("placement", run.file("placement"), hash);
}

/// What was found, and what it is compared with: as many full layers, or as much memory.
struct Answer {
  const char* name;
  std::vector<std::string> mixers;
};

/// Answers and their scores on the super network; `mixers` is what the next stages take.
void write_result(Placements& placements, const std::vector<std::string>& mixers,
                  const std::vector<Answer>& answers, RunDir& run) {
  std::string text = str("format_version: 1\nmixers: ", join(mixers, ","), "\n");
  for (const Answer& answer : answers) {
    const TaskScores& scores = placements.score(answer.name, answer.mixers);
    text +=
        str(answer.name, ":\n  mixers: ", join(answer.mixers, ","), "\n", score_yaml(scores, "  "));
    log_info("placement: ", answer.name, " ", join(answer.mixers, ","), ": ", score_text(scores));
  }
  write_file(run.file(kPlacementFile), text);
  write_file(run.file("placement/scores.csv"), placements.text());
}

}  // namespace

std::vector<std::string> run_placement(const Session& s, RunDir& run, const std::string& hash) {
  const Postnas postnas(s, run);
  const PostnasSection::Placement& section = postnas.section().placement;
  supernet::ParameterStore store = postnas.store();
  train_supernet(postnas, store, run, hash);
  Placements placements(postnas, store);
  score_layers(postnas, placements);
  const std::vector<std::string> none(static_cast<size_t>(postnas.layers()), section.linear);
  const std::vector<std::string> found =
      place(postnas, placements, none, train::kFullMixer, section.full, section.full_task);
  std::vector<Answer> answers = {
      {"found", found},
      {"uniform", train::placed(postnas.layers(), section.linear, train::kFullMixer,
                                train::uniform_places(postnas.layers(), section.full))},
      {"exact", exact_placement(postnas, placements, found, run)}};
  const auto taken = std::find_if(answers.begin(), answers.end(), [&](const Answer& answer) {
    return answer.name == section.take;
  });
  std::vector<std::string> mixers = taken->mixers;
  if (section.windowed > 0) {
    mixers = place(postnas, placements, mixers, train::kWindowedMixer, section.windowed,
                   section.windowed_task);
    answers.push_back({"windowed", mixers});
  }
  write_result(placements, mixers, answers, run);
  std::vector<std::string> files = {kPlacementCheckpoint, "placement/history.csv",
                                    "placement/scores.csv", "placement/front.csv", kPlacementFile};
  if (section.exact.prefill > 0 || section.exact.decode > 0) files.push_back(kLatencyFile);
  return files;
}

}  // namespace tailor::tools
