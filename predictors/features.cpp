// What learned predictors see of an arch.
#include "predictors/features.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"

namespace tailor::predict {
double axis_position(const Axis& axis, size_t choice) {
  const auto [low, high] = std::minmax_element(axis.values.begin(), axis.values.end());
  if (*high > *low) return (axis.values[choice] - *low) / (*high - *low);
  return 0;
}

ArchFeatures::ArchFeatures(const SearchSpace& space) : space_(space) {
  std::map<std::string, size_t> index;
  for (size_t a = 0; a < space.axes().size(); ++a) {
    const auto [found, is_new] = index.emplace(space.axes()[a].group, groups_.size());
    if (is_new) groups_.emplace_back();
    groups_[found->second].push_back(a);
  }
  const size_t groups = groups_.size();
  const size_t choices = space.encoding_size();
  const size_t slots = choices + space.axes().size();
  const size_t common = slots + 3 * groups + groups * (groups - 1) / 2;
  parts_ = {{"choices", 0, choices},
            {"slots", choices, slots},
            {"groups", slots, common},
            {"costs", common, common + 4}};
  least_ = log_costs(space.smallest());
  most_ = log_costs(space.largest());
}

void ArchFeatures::fill(const Arch& arch, std::span<double> out) const {
  TAILOR_CHECK(out.size() == size(), "features take ", size(), " numbers, got room for ",
               out.size());
  if (arch.size() != space_.axes().size()) {
    throw Error(str("an arch of ", arch.size(), " choices is not of space '", space_.name(),
                    "', which has ", space_.axes().size()));
  }
  std::vector<float> one_hot(parts_[0].end);
  space_.encode(arch, one_hot);
  std::copy(one_hot.begin(), one_hot.end(), out.begin());
  const auto slots = out.subspan(parts_[1].begin, parts_[1].end - parts_[1].begin);
  fill_slots(arch, slots);
  fill_groups(slots, arch, out.subspan(parts_[2].begin, parts_[2].end - parts_[2].begin));
  fill_costs(arch, out.subspan(parts_[3].begin));
}

ArchFeatures::LogCosts ArchFeatures::log_costs(const Arch& arch) const {
  double macs = 1, params = 1;
  for (const BlockUse& use : space_.lower(arch).blocks) {
    macs += static_cast<double>(use.block->macs);
    params += static_cast<double>(use.block->params);
  }
  return {std::log(macs), std::log(params)};
}

void ArchFeatures::fill_costs(const Arch& arch, std::span<double> out) const {
  const auto between = [](double low, double value, double high) {
    return high > low ? (value - low) / (high - low) : 0;
  };
  const LogCosts costs = log_costs(arch);
  const double macs = between(least_.macs, costs.macs, most_.macs);
  const double params = between(least_.params, costs.params, most_.params);
  out[0] = macs;
  out[1] = macs * macs;
  out[2] = params;
  out[3] = params * params;
}

void ArchFeatures::fill_slots(const Arch& arch, std::span<double> out) const {
  for (size_t a = 0; a < out.size(); ++a) {
    out[a] = arch.active(a) ? axis_position(space_.axes()[a], static_cast<size_t>(arch[a])) : 0;
  }
}

void ArchFeatures::fill_groups(std::span<const double> slots, const Arch& arch,
                               std::span<double> out) const {
  std::vector<double> means;
  size_t next = 0;
  for (const std::vector<size_t>& group : groups_) {
    double sum = 0, active = 0;
    for (size_t a : group) {
      if (!arch.active(a)) continue;
      sum += slots[a];
      ++active;
    }
    means.push_back(active > 0 ? sum / active : 0);
    out[next++] = means.back();
    out[next++] = means.back() * means.back();
    out[next++] = active / static_cast<double>(group.size());
  }
  for (size_t i = 0; i < means.size(); ++i) {
    for (size_t j = i + 1; j < means.size(); ++j) out[next++] = means[i] * means[j];
  }
}

}  // namespace tailor::predict
