// The interface of everything that scores an arch: predictors, tables, counters, true evaluation.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "supernet/space/arch.h"

namespace tailor {

/// Where a value comes from; the worst of its parts when there are several.
enum class Provenance { measured, fitted, interpolated, borrowed, analytic };
std::string provenance_name(Provenance provenance);

struct Estimate {
  double value = 0;
  double uncertainty = 0;  ///< one standard deviation, same unit; 0 when unknown
  Provenance provenance = Provenance::fitted;
};

/// A sum over axes: value(arch) = constant + sum over active axes of terms[axis][choice], given a
/// choice of `selector` (axis whose choice selects the table, or -1 for one table).
struct AdditiveTerms {
  int selector = -1;
  std::vector<double> constant;                         ///< [selector choice]
  std::vector<std::vector<std::vector<double>>> terms;  ///< [selector choice][axis][choice]
};

/// Thread-safe for concurrent estimate() calls.
class Estimator {
 public:
  virtual ~Estimator() = default;
  /// "accuracy", "latency_ms", "macs", "params", "memory_bytes", ...
  virtual std::string metric() const = 0;
  /// out[i] is for archs[i]. Throws Error naming the arch it cannot score; never a default value.
  virtual void estimate(std::span<const Arch> archs, std::span<Estimate> out) const = 0;
  /// The estimator as a sum over axes, where it is one exactly.
  virtual std::optional<AdditiveTerms> additive_terms() const { return std::nullopt; }
};

/// One value.
double estimate_one(const Estimator& estimator, const Arch& arch);

}  // namespace tailor
