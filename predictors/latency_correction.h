// What turns a table sum into a whole network's latency: a small model fitted on a few measured
// networks, and its file.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "predictors/named_ridge.h"

namespace tailor::predict {

/// What a correction may look at: [1, table sum in ms, number of blocks, number of nodes], and by
/// name "choices": the arch's choice on each axis that counts for the whole network ("r=128": 1),
/// "shares": parts of the table sum by place ("stage1": 0.2).
struct LatencyFeatures {
  double table_ms = 0;
  double blocks = 0;
  double nodes = 0;
  NamedFeatures named = {};

  std::array<double, 4> values() const { return {1, table_ms, blocks, nodes}; }
};

/// One network measured whole.
struct MeasuredNetwork {
  std::string arch;  ///< as text
  LatencyFeatures features;
  double measured_ms = 0;
};

/// latency = sum of coefficients[i] * features[i], times 1 + residual_model(named features), kept
/// within the ratios to the table sum that the fit has seen, widened by a quarter: a correction
/// never extrapolates wildly.
struct LatencyCorrection {
  static constexpr int64_t kFormatVersion = 2;

  std::string subset = "table";  ///< which features were chosen, for people
  std::array<double, 4> coefficients = {0, 1, 0, 0};
  NamedRidge residual_model = {};         ///< of measured / sum - 1
  double min_ratio = 0.5, max_ratio = 2;  ///< allowed latency / table sum
  double residual = 0;                    ///< leave-one-out standard deviation, relative
  std::vector<MeasuredNetwork> networks;  ///< what it was fitted on; empty: nothing was fitted
  std::string device;  ///< "device, runtime version, n threads, ..." of the table

  double operator()(const LatencyFeatures& features) const;

  std::string text() const;
  /// Throws IoError naming `name` and the place.
  static LatencyCorrection parse(const std::string& text, const std::string& name);
  static LatencyCorrection load(const std::string& path);
  void save(const std::string& path) const;
};

/// Ridge towards the plain table sum on relative errors; the subset of the features with the least
/// leave-one-out error wins, fewer ones on a tie. A subset of several needs four networks a
/// coefficient. On what is left a ridge over the named features, with the parts (none, choices,
/// shares, both) that lower the leave-one-out error of the whole; it takes eight networks. A tenth
/// of the networks at most is left out where their leave-one-out errors are far beyond the others'.
/// Throws Error for no networks or a time that is not finite and above zero.
LatencyCorrection fit_latency_correction(std::span<const MeasuredNetwork> networks);

}  // namespace tailor::predict
