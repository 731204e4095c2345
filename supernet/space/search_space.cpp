// Making, changing and counting archs; lowering.
#include "supernet/space/search_space.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "supernet/space/builder.h"

namespace tailor {
namespace {

void check_axis(const std::vector<Axis>& axes, size_t index, const std::string& space) {
  const Axis& axis = axes[index];
  const std::string where = str("axis ", axis.group, "[", axis.slot, "] of '", space, "'");
  const size_t n = axis.values.size();
  TAILOR_CHECK(n > 0 && n < 127 && axis.names.size() == n && axis.same_as.size() == n, where,
               " has no consistent choices");
  if (axis.parent < 0) return;
  const auto parent = static_cast<size_t>(axis.parent);
  TAILOR_CHECK(parent < axes.size() && parent != index, where, " cannot depend on axis ", parent);
  TAILOR_CHECK(axis.active_when.size() == axes[parent].values.size(), where,
               ": active_when does not match its parent");
}

/// Axis indices with every parent before its children, every leader before its followers.
std::vector<size_t> parents_first(const std::vector<Axis>& axes,
                                  const std::vector<Coupling>& couplings) {
  std::vector<std::vector<size_t>> earlier(axes.size());
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].parent >= 0) earlier[i].push_back(static_cast<size_t>(axes[i].parent));
  }
  for (const Coupling& each : couplings) earlier[each.follower].push_back(each.leader);
  std::vector<size_t> order;
  std::vector<bool> placed(axes.size(), false);
  while (order.size() < axes.size()) {
    const size_t before = order.size();
    for (size_t i = 0; i < axes.size(); ++i) {
      const bool free = std::all_of(earlier[i].begin(), earlier[i].end(),
                                    [&](size_t other) { return placed[other]; });
      if (placed[i] || !free) continue;
      placed[i] = true;
      order.push_back(i);
    }
    TAILOR_CHECK(order.size() > before, "axes depend on each other in a circle");
  }
  return order;
}

[[noreturn]] void throw_no_choice(const Axis& axis, const std::string& space) {
  throw ConfigError(str("the restriction leaves no choice for ", axis.group, "[", axis.slot,
                        "] of '", space, "'"));
}

}  // namespace

/// below[axis][choice]: distinct networks of the axes that hang on this axis when it holds
/// `choice`; 0 for choices that are not allowed or that repeat another.
struct SearchSpace::Weights {
  std::vector<std::vector<double>> below;
  std::vector<size_t> order;            ///< parents before children, leaders before followers
  std::vector<const Coupling*> follow;  ///< [axis]: of the restriction; null where it is free

  double total(size_t axis) const {
    double sum = 0;
    for (double w : below[axis]) sum += w;
    return sum;
  }
};

SearchSpace::SearchSpace(std::string name, std::vector<Axis> axes)
    : name_(std::move(name)), axes_(std::move(axes)), cache_(std::make_unique<BlockCache>()) {
  for (size_t i = 0; i < axes_.size(); ++i) {
    const Axis& axis = axes_[i];
    check_axis(axes_, i, name_);
    auto group = std::find_if(groups_.begin(), groups_.end(),
                              [&](const Group& g) { return g.name == axis.group; });
    if (group == groups_.end()) group = groups_.insert(group, Group{axis.group, {}});
    TAILOR_CHECK(axis.slot == static_cast<int>(group->axes.size()), "slots of ", axis.group,
                 " must count up from 0, got ", axis.slot, " after ", group->axes.size());
    group->axes.push_back(i);
    slots_.push_back({axis.parent,
                      {axis.active_when.begin(), axis.active_when.end()},
                      {axis.same_as.begin(), axis.same_as.end()}});
  }
  order_ = parents_first(axes_, {});
  free_ = std::make_unique<const Weights>(weights(nullptr));
}

void SearchSpace::check_own(const Arch& arch) const {
  TAILOR_CHECK(arch.size() == axes_.size(), "'", name_, "' has ", axes_.size(),
               " axes, the arch has ", arch.size());
}

bool SearchSpace::matters(size_t axis, std::span<const int8_t> choices) const {
  const Slot& slot = slots_[axis];
  if (slot.parent < 0) return true;
  const int8_t held = choices[static_cast<size_t>(slot.parent)];
  return held != Arch::kInactive && slot.active_when[static_cast<size_t>(held)] != 0;
}

SearchSpace::~SearchSpace() = default;

std::vector<std::string> SearchSpace::groups() const {
  std::vector<std::string> names;
  for (const Group& group : groups_) names.push_back(group.name);
  return names;
}

const SearchSpace::Group* SearchSpace::find_group(std::string_view name) const {
  for (const Group& group : groups_) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

int SearchSpace::axis_index(std::string_view name, int slot) const {
  const Group* group = find_group(name);
  const bool there = group && slot >= 0 && static_cast<size_t>(slot) < group->axes.size();
  return there ? static_cast<int>(group->axes[static_cast<size_t>(slot)]) : -1;
}

NetworkSpec SearchSpace::lower(const Arch& arch, const Workload& workload) const {
  check_own(arch);
  NetworkBuilder builder(print(arch), workload, cache_.get());
  build(arch, builder);
  return builder.finish();
}

int64_t SearchSpace::image_size(const Arch& arch, const Workload& workload) const {
  return workload.resolution ? workload.resolution : static_cast<int64_t>(value(arch, "r"));
}

Arch SearchSpace::arch(std::span<const int8_t> choices, const Restriction* only) const {
  if (choices.size() != axes_.size()) {
    throw Error(
        str("an arch of '", name_, "' has ", axes_.size(), " choices, got ", choices.size()));
  }
  std::vector<int8_t> out(choices.begin(), choices.end());
  for (size_t k = 0; only && k < only->couplings.size(); ++k) {
    const Coupling& coupling = only->couplings[k];
    const std::vector<int8_t>& canonical = slots_[coupling.leader].same_as;
    const int8_t leads = out[coupling.leader];
    if (leads < 0 || static_cast<size_t>(leads) >= canonical.size()) continue;
    const int8_t follows =
        coupling.choice[static_cast<size_t>(canonical[static_cast<size_t>(leads)])];
    if (follows >= 0) out[coupling.follower] = follows;
  }
  for (size_t i : order_) {
    if (!matters(i, out)) {
      out[i] = Arch::kInactive;
      continue;
    }
    if (out[i] < 0 || static_cast<size_t>(out[i]) >= slots_[i].same_as.size()) {
      const Axis& axis = axes_[i];
      throw Error(str(axis.group, "[", axis.slot, "] of '", name_, "' has ", axis.values.size(),
                      " choices, got index ", static_cast<int>(out[i])));
    }
    out[i] = slots_[i].same_as[static_cast<size_t>(out[i])];
  }
  return Arch(std::move(out));
}

Arch SearchSpace::largest() const {
  std::vector<int8_t> choices;
  for (const Axis& axis : axes_) choices.push_back(static_cast<int8_t>(axis.values.size() - 1));
  return arch(choices);
}

Arch SearchSpace::smallest() const { return arch(std::vector<int8_t>(axes_.size(), 0)); }

SearchSpace::Weights SearchSpace::weights(const Restriction* only) const {
  Weights w;
  w.follow.resize(axes_.size());
  const bool coupled = only && !only->couplings.empty();
  w.order = coupled ? parents_first(axes_, only->couplings) : order_;
  for (size_t k = 0; coupled && k < only->couplings.size(); ++k) {
    w.follow[only->couplings[k].follower] = &only->couplings[k];
  }
  for (size_t i = 0; i < axes_.size(); ++i) {
    w.below.emplace_back(axes_[i].values.size(), 0.0);
    for (size_t c = 0; c < axes_[i].values.size(); ++c) {
      const bool allowed = !only || only->allowed[i][c];
      if (allowed && axes_[i].same_as[c] == static_cast<int>(c)) w.below[i][c] = 1;
    }
  }
  for (auto it = w.order.rbegin(); it != w.order.rend(); ++it) {
    const size_t i = *it;
    if (const Coupling* coupling = w.follow[i]) {
      std::vector<double>& leader = w.below[coupling->leader];
      for (size_t c = 0; c < leader.size(); ++c) {
        const int8_t held = coupling->choice[c];
        if (held >= 0) leader[c] *= w.below[i][static_cast<size_t>(held)];
      }
      continue;
    }
    if (axes_[i].parent < 0) continue;
    const double here = w.total(i);
    std::vector<double>& parent = w.below[static_cast<size_t>(axes_[i].parent)];
    for (size_t c = 0; c < parent.size(); ++c) {
      if (axes_[i].active_when[c]) parent[c] *= here;
    }
  }
  return w;
}

double SearchSpace::count(const Restriction* only) const {
  const Weights own = only ? weights(only) : Weights{};
  const Weights& w = only ? own : *free_;
  double total = 1;
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (axes_[i].parent < 0 && !w.follow[i]) total *= w.total(i);
  }
  return total;
}

int8_t SearchSpace::draw(const Weights& w, size_t axis, std::span<const int8_t> before,
                         Rng& rng) const {
  if (const Coupling* coupling = w.follow[axis]) {
    return coupling->choice[static_cast<size_t>(before[coupling->leader])];
  }
  std::array<int8_t, 128> open{};
  int64_t n = 0;
  for (size_t c = 0; c < w.below[axis].size(); ++c) {
    if (w.below[axis][c] > 0) open[static_cast<size_t>(n++)] = static_cast<int8_t>(c);
  }
  if (n == 0) throw_no_choice(axes_[axis], name_);
  return open[static_cast<size_t>(rng.below(n))];
}

Arch SearchSpace::sample(Rng& rng, const Restriction* only) const {
  const Weights own = only ? weights(only) : Weights{};
  const Weights& w = only ? own : *free_;
  std::vector<int8_t> choices(axes_.size(), Arch::kInactive);
  for (size_t i : w.order) {
    if (!matters(i, choices)) continue;
    if (w.follow[i]) {
      choices[i] = draw(w, i, choices, rng);
      continue;
    }
    const double total = w.total(i);
    if (total <= 0) throw_no_choice(axes_[i], name_);
    double left = rng.uniform() * total;
    for (size_t c = 0; c < w.below[i].size(); ++c) {
      if (w.below[i][c] <= 0) continue;
      choices[i] = static_cast<int8_t>(c);
      left -= w.below[i][c];
      if (left < 0) break;
    }
  }
  return Arch(std::move(choices));
}

Arch SearchSpace::sample_choices(Rng& rng, const Restriction* only) const {
  const Weights own = only ? weights(only) : Weights{};
  const Weights& w = only ? own : *free_;
  std::vector<int8_t> choices(axes_.size(), Arch::kInactive);
  for (size_t i : w.order) {
    if (matters(i, choices)) choices[i] = draw(w, i, choices, rng);
  }
  return Arch(std::move(choices));
}

Arch SearchSpace::mutate(const Arch& from, double probability, Rng& rng,
                         const Restriction* only) const {
  check_own(from);
  const Weights own = only ? weights(only) : Weights{};
  const Weights& w = only ? own : *free_;
  std::vector<int8_t> choices(from.choices().begin(), from.choices().end());
  for (size_t i : w.order) {
    if (!matters(i, choices)) {
      choices[i] = Arch::kInactive;
      continue;
    }
    // A slot that did not matter may matter now: it needs a choice of its own.
    const bool usable = from.active(i) && w.below[i][static_cast<size_t>(choices[i])] > 0;
    if (w.follow[i] || rng.coin(probability) || !usable) choices[i] = draw(w, i, choices, rng);
  }
  return Arch(std::move(choices));
}

Arch SearchSpace::crossover(const Arch& a, const Arch& b, Rng& rng, const Restriction* only) const {
  check_own(a);
  check_own(b);
  std::vector<int8_t> choices(axes_.size());
  const std::span<const int8_t> parents[] = {a.choices(), b.choices()};
  uint64_t coins = 0;
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (i % 64 == 0) coins = rng.next();
    const size_t first = coins >> (i % 64) & 1;
    const int8_t pick = parents[first][i];
    choices[i] = pick == Arch::kInactive ? parents[1 - first][i] : pick;
  }
  return arch(choices, only);
}

std::vector<Arch> SearchSpace::enumerate(size_t limit) const {
  if (count() > static_cast<double>(limit)) {
    throw Error(str("'", name_, "' has ", number(count()), " archs, more than ", limit));
  }
  std::vector<std::vector<int8_t>> partial = {std::vector<int8_t>(axes_.size(), 0)};
  for (size_t i : order_) {
    std::vector<std::vector<int8_t>> grown;
    for (std::vector<int8_t>& choices : partial) {
      const bool active = matters(i, choices);
      for (size_t c = 0; c < (active ? axes_[i].values.size() : 1); ++c) {
        if (active && axes_[i].same_as[c] != static_cast<int>(c)) continue;
        choices[i] = active ? static_cast<int8_t>(c) : Arch::kInactive;
        grown.push_back(choices);
      }
    }
    partial = std::move(grown);
  }
  std::vector<Arch> out;
  for (const auto& choices : partial) out.push_back(arch(choices));
  return out;
}

std::vector<Arch> SearchSpace::covering() const {
  std::vector<Arch> out = {largest()};
  for (const std::string& group : groups()) {
    size_t most = 0;
    for (const Axis& axis : axes_) {
      if (axis.group == group) most = std::max(most, axis.values.size());
    }
    for (size_t rank = 0; rank + 1 < most; ++rank) {
      std::vector<int8_t> choices;
      for (const Axis& axis : axes_) {
        const size_t last = axis.values.size() - 1;
        choices.push_back(static_cast<int8_t>(axis.group == group ? std::min(rank, last) : last));
      }
      out.push_back(arch(choices));
    }
  }
  return out;
}

std::string SearchSpace::published_subnet_name(const Arch&, const std::string& parameter) const {
  return parameter;
}

std::string SearchSpace::published_config(const Arch&) const { return ""; }

Arch SearchSpace::from_published_config(const std::string&, const std::string& name,
                                        int64_t) const {
  throw ConfigError(
      str(name, ": space '", name_, "' has no published form by which a network could be read"));
}

}  // namespace tailor
