// A small linear model over features that go by name, for files that people read.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace tailor::predict {

/// Features of one thing, in parts: "choices" {"r=128": 1}, "shares" {"stage1": 0.2, ...}.
using NamedFeatures = std::map<std::string, std::map<std::string, double>>;

/// features[part][name], 0 where there is none.
double named_value(const NamedFeatures& features, const std::string& part, const std::string& name);

/// value = bias + sum of weights[part][name] * features[part][name]; what is not named counts 0.
struct NamedRidge {
  double bias = 0;
  NamedFeatures weights = {};

  double operator()(const NamedFeatures& features) const;
};

/// Ridge over the features of `parts`, each part's variance and the noise by their evidence (see
/// part_scales). Without parts, or with fewer than two rows: the values' mean.
NamedRidge fit_named_ridge(std::span<const NamedFeatures> rows, std::span<const double> values,
                           std::span<const std::string> parts);

}  // namespace tailor::predict
