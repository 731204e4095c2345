// Names to columns and back.
#include "predictors/named_ridge.h"

#include <numeric>
#include <set>
#include <utility>

#include "core/error.h"
#include "predictors/part_scales.h"
#include "predictors/ridge.h"

namespace tailor::predict {
namespace {

struct Columns {
  std::vector<std::pair<std::string, std::string>> names;  // part, name
  std::vector<std::pair<size_t, size_t>> parts;            // [begin, end) of names
};

Columns columns_of(std::span<const NamedFeatures> rows, std::span<const std::string> parts) {
  Columns out;
  for (const std::string& part : parts) {
    std::set<std::string> names;
    for (const NamedFeatures& row : rows) {
      const auto found = row.find(part);
      if (found == row.end()) continue;
      for (const auto& [name, value] : found->second) names.insert(name);
    }
    const size_t begin = out.names.size();
    for (const std::string& name : names) out.names.emplace_back(part, name);
    if (out.names.size() > begin) out.parts.emplace_back(begin, out.names.size());
  }
  return out;
}

}  // namespace

double named_value(const NamedFeatures& features, const std::string& part,
                   const std::string& name) {
  const auto found = features.find(part);
  if (found == features.end()) return 0;
  const auto value = found->second.find(name);
  return value == found->second.end() ? 0 : value->second;
}

double NamedRidge::operator()(const NamedFeatures& features) const {
  double sum = bias;
  for (const auto& [part, named] : weights) {
    for (const auto& [name, weight] : named) sum += weight * named_value(features, part, name);
  }
  return sum;
}

NamedRidge fit_named_ridge(std::span<const NamedFeatures> rows, std::span<const double> values,
                           std::span<const std::string> parts) {
  TAILOR_CHECK(rows.size() == values.size() && !values.empty(), rows.size(), " rows, ",
               values.size(), " values");
  NamedRidge out;
  const Columns columns = columns_of(rows, parts);
  if (columns.names.empty() || values.size() < 2) {
    out.bias =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    return out;
  }
  std::vector<double> x;
  for (const NamedFeatures& row : rows) {
    for (const auto& [part, name] : columns.names) x.push_back(named_value(row, part, name));
  }
  const PartScales scales = part_scales(x, values, columns.parts);
  const LinearModel model = fit_ridge(x, values, scales.scales, std::span(&scales.lambda, 1));
  out.bias = model.bias;
  for (size_t c = 0; c < columns.names.size(); ++c) {
    out.weights[columns.names[c].first][columns.names[c].second] = model.weights[c];
  }
  return out;
}

}  // namespace tailor::predict
