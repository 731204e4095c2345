// Choosing networks, fitting, and how good the fit is.
#include "tools/stages/whole_latency.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/rounded.h"
#include "predictors/cost_estimator.h"
#include "predictors/latency_lut.h"
#include "predictors/quality.h"

namespace tailor::tools {
namespace {

constexpr size_t kLeastNetworks = 3;
constexpr int64_t kFewAlone = 50;
constexpr int64_t kMostFolds = 10;
/// The advice names so many networks at most, fewer where they bring the expected error below this.
constexpr int64_t kMostAdvised = 20;
constexpr double kAdvisedError = 0.02;

std::unique_ptr<predict::LatencyTransfer> transfer_of(const Session& s) {
  auto out = std::make_unique<predict::LatencyTransfer>(*s.space);
  const predict::ArchiveFormat& format = predict::archive_formats().at(s.profile.archive_format);
  out->learn_sources(
      predict::read_latency_sources(*s.space, s.profile.device->workload(), s.profile.sources,
                                    format, s.rng("latency sources")),
      "", s.rng("latency sources"));
  return out;
}

predict::Quality cross_validated(predict::Predictor& predictor, std::span<const Arch> archs,
                                 std::span<const double> ms, const Rng& rng) {
  const auto fit_and_predict = [&](std::span<const size_t> train, std::span<const size_t> test) {
    std::vector<Arch> known;
    std::vector<double> known_ms, out;
    for (const size_t i : train) known.push_back(archs[i]), known_ms.push_back(ms[i]);
    predictor.fit(known, known_ms, rng);
    for (const size_t i : test) out.push_back(estimate_one(predictor, archs[i]));
    return out;
  };
  const int64_t folds = std::min<int64_t>(kMostFolds, std::ssize(archs));
  return predict::quality(predict::cross_validate(archs.size(), folds, rng, fit_and_predict), ms);
}

}  // namespace

std::vector<Arch> networks_to_learn_from(const Session& s) {
  std::vector<Arch> out;
  if (s.profile.sources.empty()) {
    const predict::CostEstimator macs(*s.space, "macs");
    out = predict::correction_archs(*s.space, macs, s.profile.networks, s.rng("profile"));
    if (std::ssize(out) < kFewAlone) {
      log_warning("profile: latency is learned from ", out.size(), " networks alone; measure some ",
                  "hundred (profile.networks), or name profile.sources");
    }
  } else {
    out = transfer_of(s)->choose_samples(s.profile.networks);
  }
  if (!s.profile.archs.empty()) {
    const Csv csv = Csv::load(s.profile.archs);
    const size_t column = csv.column("arch");
    for (const auto& row : csv.rows) {
      const Arch arch = s.space->parse(row[column]);
      if (std::find(out.begin(), out.end(), arch) == out.end()) out.push_back(arch);
    }
  }
  if (out.size() >= kLeastNetworks) return out;
  throw ConfigError(str("profile: ", out.size(), " networks are too few to learn latency from; ",
                        s.profile.sources.empty()
                            ? "the space has no more"
                            : "the archive of profile.sources holds no more"));
}

WholeLatencyFit fit_whole_latency(const Session& s, std::span<const hw::TimedArch> networks) {
  std::vector<Arch> archs;
  std::vector<double> ms;
  for (const hw::TimedArch& each : networks) archs.push_back(each.arch), ms.push_back(each.ms);
  TAILOR_CHECK(archs.size() >= kLeastNetworks, "latency of ", archs.size(), " networks");
  WholeLatencyFit out;
  predict::LatencyTransfer* transfer = nullptr;
  if (s.profile.sources.empty()) {
    out.predictor = std::make_unique<predict::LatencyRegressor>(*s.space);
  } else {
    auto own = transfer_of(s);
    transfer = own.get();
    out.predictor = std::move(own);
  }
  const predict::Quality quality = cross_validated(*out.predictor, archs, ms, s.rng("fit latency"));
  out.predictor->fit(archs, ms, s.rng("fit latency"));
  out.quality_yaml =
      str("latency:\n  networks: ", archs.size(), "\n  predictor: ", out.predictor->kind(), "\n");
  log_info("fit: latency by ", out.predictor->kind(), " from ", archs.size(), " networks, error ",
           rounded(100 * quality.mape, 1), " % (cross-validated)");
  if (transfer) {
    out.advice = transfer->advise(kAdvisedError, kMostAdvised);
    out.quality_yaml += str("  sources: ", s.profile.sources.size(),
                            "\n  expected_error: ", number(out.advice.error_now), "\n");
    log_info("fit: expected error ", rounded(100 * out.advice.error_now, 1), " %; ",
             out.advice.archs.size(),
             " more networks, profile.archs=RUN_DIR/fit/measure_next.csv, ", "would bring it to ",
             rounded(100 * out.advice.error_then, 1), " %");
  }
  out.quality_yaml += predict::quality_yaml(quality, 2);
  return out;
}

std::unique_ptr<predict::Predictor> load_whole_latency(const Session& s, const std::string& path) {
  std::unique_ptr<predict::Predictor> out;
  if (s.profile.sources.empty()) {
    out = std::make_unique<predict::LatencyRegressor>(*s.space);
  } else {
    out = std::make_unique<predict::LatencyTransfer>(*s.space);
  }
  out->load(path);
  return out;
}

}  // namespace tailor::tools
