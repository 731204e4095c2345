// Limits: values, excess and texts.
#include "search/constraint.h"

#include <cmath>
#include <iomanip>
#include <set>
#include <sstream>
#include <utility>

#include "core/error.h"

namespace tailor::search {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

std::string Limit::text() const {
  return str(metric, " <= ", number(limit), device.empty() ? "" : str(" on '", device, "'"));
}

std::string Limit::column(bool with_device) const {
  return with_device && !device.empty() ? metric + "." + device : metric;
}

double Limit::excess(double value) const {
  if (satisfied(value)) return 0;
  return limit > 0 ? value / limit - 1 : value;
}

std::string unit_of(const std::string& metric) {
  if (ends_with(metric, "_ms")) return "ms";
  if (ends_with(metric, "_mj")) return "mJ";
  if (ends_with(metric, "_bytes")) return "bytes";
  if (metric == "macs") return "MACs";
  if (metric == "flops") return "FLOPs";
  if (metric == "params") return "parameters";
  return "";
}

std::string with_unit(double value, const std::string& metric) {
  std::ostringstream out;
  out << std::setprecision(4) << value;
  const std::string unit = unit_of(metric);
  return unit.empty() ? out.str() : out.str() + " " + unit;
}

void check_constraints(std::span<const Constraint> constraints) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& [limit, estimator] : constraints) {
    if (!std::isfinite(limit.limit) || limit.limit < 0) {
      throw ConfigError(str("limit ", limit.metric, ": must be >= 0, got ", limit.limit));
    }
    if (!estimator) {
      throw ConfigError(str("limit ", limit.text(), ": no estimator tells its value"));
    }
    if (estimator->metric() != limit.metric) {
      throw ConfigError(str("limit ", limit.text(), ": its estimator tells ", estimator->metric()));
    }
    if (!seen.emplace(limit.metric, limit.device).second) {
      throw ConfigError(str("limit ", limit.text(), ": this metric has another limit already"));
    }
  }
}

std::vector<double> constraint_values(std::span<const Constraint> constraints,
                                      std::span<const Arch> archs) {
  std::vector<double> out(archs.size() * constraints.size());
  std::vector<Estimate> estimates(archs.size());
  for (size_t c = 0; c < constraints.size(); ++c) {
    const Limit& limit = constraints[c].limit;
    constraints[c].estimator->estimate(archs, estimates);
    for (size_t i = 0; i < archs.size(); ++i) {
      if (!std::isfinite(estimates[i].value)) {
        throw Error(str("limit ", limit.text(), ": its estimator gave ", estimates[i].value,
                        "; a limit that was not evaluated cannot be taken as met"));
      }
      out[i * constraints.size() + c] = estimates[i].value;
    }
  }
  return out;
}

double violation(std::span<const Constraint> constraints, std::span<const double> values) {
  TAILOR_CHECK(values.size() == constraints.size(), "one value per constraint");
  double sum = 0;
  for (size_t c = 0; c < constraints.size(); ++c) sum += constraints[c].limit.excess(values[c]);
  return sum;
}

}  // namespace tailor::search
