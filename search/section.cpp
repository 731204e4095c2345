// Reading the section `search`.
#include "search/section.h"

#include <algorithm>
#include <cmath>

#include "core/str.h"

namespace tailor::search {
namespace {

constexpr const char* kLimitDoc =
    "a metric's upper limit, in its unit: one number, `55%` of the largest arch's value, "
    "`{profile: number}` for several devices, or `[15, 20, 25]` or `15:60:1` (from, to, step) for "
    "the "
    "best network under each of several limits in one search";

/// "55%" as 0.55; false when the value is no percentage.
bool read_share(const ConfigNode& node, const std::string& metric, double& share) {
  std::string text = node.scalar_text(metric);
  if (text.empty() || text.back() != '%') return false;
  if (!parse_number(trim(text.substr(0, text.size() - 1)), share) || share <= 0 || share > 100) {
    node.fail(metric, str("must be a number or a percentage in (0%, 100%], got ", text));
  }
  node.read(metric, text, {.required = true});
  share /= 100;
  return true;
}

constexpr size_t kMostLimits = 10000;

/// "15:60:1" as 15, 16, ... 60. False when the value is no range.
bool read_range(const ConfigNode& node, const std::string& metric, std::vector<double>& limits) {
  std::string text = node.scalar_text(metric);
  const std::vector<std::string> words = split(text, ':');
  if (words.size() != 3) return false;
  double from = 0, to = 0, step = 0;
  const bool numbers =
      parse_number(words[0], from) && parse_number(words[1], to) && parse_number(words[2], step);
  if (!numbers || !(from >= 0 && to >= from && step > 0 && std::isfinite(to))) {
    node.fail(metric, str("a range is FROM:TO:STEP with 0 <= FROM <= TO and STEP > 0, got ", text));
  }
  const double steps = std::floor((to - from) / step + 1e-9);
  if (steps >= static_cast<double>(kMostLimits)) {
    node.fail(metric, str("a range has at most ", kMostLimits, " limits, got ", text));
  }
  node.read(metric, text, {.required = true});
  for (int64_t k = 0; k <= static_cast<int64_t>(steps); ++k) {
    limits.push_back(from + static_cast<double>(k) * step);
  }
  return true;
}

/// Several limits for one metric; false when there is but one.
bool read_sweep(const ConfigNode& node, const std::string& metric, std::vector<double>& limits) {
  if (node.is_scalar(metric)) return read_range(node, metric, limits);
  if (!node.holds_list(metric)) return false;
  node.read(metric, limits, {.min = 0, .required = true});
  if (limits.empty()) node.fail(metric, "must hold at least one limit");
  std::sort(limits.begin(), limits.end());
  limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
  return true;
}

std::vector<Limit> read_limits(const ConfigNode& node, std::optional<Sweep>& sweep) {
  std::vector<Limit> out;
  for (const std::string& metric : node.keys()) {
    std::vector<double> limits;
    if (read_sweep(node, metric, limits)) {
      if (sweep) node.fail(metric, "only one metric can have several limits");
      sweep = Sweep{.constraint = out.size(), .limits = limits};
      out.push_back({.metric = metric, .limit = limits.back()});
      continue;
    }
    if (node.is_scalar(metric)) {
      Limit& limit = out.emplace_back(Limit{.metric = metric});
      if (read_share(node, metric, limit.of_largest)) continue;
      node.read(metric, limit.limit, {.min = 0, .required = true});
      continue;
    }
    std::map<std::string, double> by_device;
    node.read(metric, by_device, {.min = 0, .required = true});
    if (by_device.empty()) node.fail(metric, "must be a number, or profile names with numbers");
    for (const auto& [device, value] : by_device)
      out.push_back({.metric = metric, .limit = value, .device = device});
  }
  return out;
}

constexpr const char* kFixDoc =
    "which choices are left, by axis group (`r`), slot (`ks[3]`) or slots (`ks[4:7]`): a value, a "
    "list, "
    "a range `160:208`, or `{not: 7}` with any of these for what is forbidden";

constexpr const char* kCoupleDoc =
    "groups whose choices belong together: with `{d: [2, 3, 4], e: [3, 4, 6]}` every block of a "
    "stage of depth 2 has expansion 3, and so on";

/// "160:208" as low and high. False when the value is no range.
bool read_between(const ConfigNode& node, const std::string& key, ChoiceRule& rule) {
  std::string text = node.scalar_text(key);
  const std::vector<std::string> ends = split(text, ':');
  if (ends.size() != 2) return false;
  const bool numbers = parse_number(ends[0], rule.low) && parse_number(ends[1], rule.high);
  if (!numbers || rule.low > rule.high) {
    node.fail(key, str("a range is LOWEST:HIGHEST, got ", text));
  }
  node.read(key, text, {.required = true});
  return true;
}

void read_values(const ConfigNode& node, const std::string& key, ChoiceRule& rule) {
  if (!node.is_scalar(key)) {
    node.read(key, rule.values, {.required = true});
    if (rule.values.empty()) node.fail(key, "must hold at least one value");
  } else if (!read_between(node, key, rule)) {
    node.read(key, rule.values.emplace_back(), {.required = true});
  }
}

std::vector<ChoiceRule> read_fix(const ConfigNode& node) {
  std::vector<ChoiceRule> out;
  for (const std::string& slots : node.keys()) {
    ChoiceRule& rule = out.emplace_back();
    try {
      rule = ChoiceRule::of(slots);
    } catch (const ConfigError& error) {
      node.fail(slots, error.what());
    }
    if (node.is_scalar(slots) || node.holds_list(slots)) {
      read_values(node, slots, rule);
      continue;
    }
    const ConfigNode inner = node.child(slots);
    rule.forbidden = true;
    if (!inner.has("not")) node.fail(slots, "must be a value, a list, a range, or {not: ...}");
    read_values(inner, "not", rule);
    inner.finish();
  }
  return out;
}

}  // namespace

SearchSection SearchSection::read(const ConfigNode& section, const StrategyRegistry& registry) {
  SearchSection out{
      .strategy = choose_strategy(
          section.child("strategy", "how archs are chosen: its name, and options of its own"),
          registry),
      .estimators = section.child("estimators", "metric -> what tells its value"),
      .node = section};
  section.read("objective", out.objective, {.doc = "metric that is made as large as possible"});
  out.limits = read_limits(section.child("limits", kLimitDoc), out.sweep);
  out.fix = read_fix(section.child("fix", kFixDoc));
  out.couple = CouplingRule::read(section.child("couple", kCoupleDoc));
  section.read("batch", out.batch, {.min = 1, .max = 1e6, .doc = "archs per generation"});
  const ConfigNode budget = section.child("budget", "when a search ends; what comes first");
  budget.read("evaluations", out.evaluations,
              {.min = 1, .max = 1e9, .doc = "calls of the objective, one per distinct arch"});
  budget.read("seconds", out.seconds,
              {.min = 0, .doc = "0: no limit; results then depend on the machine's speed"});
  budget.read("stagnation", out.stagnation,
              {.min = 0, .doc = "evaluations without a better arch; 0: never"});
  budget.finish();
  out.device_loop = LimitLoopOptions::read(section.child(
      "device_loop", "searching until the winner's measured latency holds the limit"));
  section.finish();
  return out;
}

DriverOptions SearchSection::driver_options() const {
  DriverOptions out;
  out.evaluations = evaluations;
  out.seconds = seconds;
  out.stagnation = stagnation;
  out.batch = batch;
  out.sweep = sweep;
  return out;
}

}  // namespace tailor::search
