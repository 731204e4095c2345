// The estimators of a run folder: what search and finalists score archs with.
#pragma once

#include <memory>
#include <string>

#include "core/run_dir.h"
#include "predictors/cost_estimator.h"
#include "predictors/latency_lut.h"
#include "predictors/learned_choices.h"
#include "predictors/predictor.h"
#include "tools/session.h"

namespace tailor::tools {

/// Bound to the files of fit/ and profile/, or to published ones. Costs are of one image.
struct Estimators {
  const Estimator* accuracy = nullptr;  ///< null where there are no images to evaluate with
  const Estimator* latency = nullptr;
  const Estimator* learned = nullptr;        ///< null where no search by gradient has finished
  const hw::LatencyTable* table = nullptr;   ///< null where no blocks were measured
  const predict::LatencyLut* lut = nullptr;  ///< null with published or learned latencies
  predict::CostEstimator macs, params, memory;

  Estimators(const Session& session, const RunDir& run);
  /// By metric; null when there is none.
  const Estimator* find(const std::string& metric) const;
  /// Metrics that find() knows, for messages.
  static std::vector<std::string> metrics();

 private:
  std::unique_ptr<predict::Predictor> own_accuracy_;
  std::unique_ptr<predict::LatencyLut> own_latency_;
  std::unique_ptr<predict::Predictor> whole_latency_;
  std::unique_ptr<Estimator> own_learned_;
};

/// Checks that objective and limits name metrics that find() knows, and limits no profile but this
/// one. Throws ConfigError with the place in the config.
void check_metrics(const search::SearchSection& search, const std::string& profile);

/// What a search by gradient leaves in a run folder.
inline constexpr const char* kLearnedFile = "gradient/architecture.yaml";

/// The session's limits with shares of the largest arch's values resolved.
std::vector<search::Constraint> bind_limits(const Session& session, const Estimators& estimators);

}  // namespace tailor::tools
