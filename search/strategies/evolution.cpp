// Evolution over an archive without duplicates: parents are the best of all archs seen, children
// that break a limit are repaired toward it, and tries are bounded.
// Source of the frame (best quarter, mutation 0.1, half crossover): Cai et al. 2020, Once for All,
// ofa/nas/search_algorithm/evolution.py; archive, repair and one-slot changes are ours.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>

#include "search/archive.h"
#include "search/moves.h"
#include "search/new_archs.h"

namespace tailor::search {
namespace {

/// The first axis that is alone in its group and on which no other depends, of several choices; -1
/// where there is none.
int whole_network_axis(const SearchSpace& space) {
  const std::vector<Axis>& axes = space.axes();
  for (size_t i = 0; i < axes.size(); ++i) {
    const bool alone = std::none_of(axes.begin(), axes.end(), [&](const Axis& other) {
      return other.parent == static_cast<int>(i) ||
             (&other != &axes[i] && other.group == axes[i].group);
    });
    if (alone && axes[i].parent < 0 && axes[i].values.size() > 1) return static_cast<int>(i);
  }
  return -1;
}

struct EvolutionOptions {
  int64_t population = 300;
  double parents = 0.25;
  double crossover = 0.5;
  double mutation = 0.1;
  double one_slot = 0.5;
  double fresh = 0.05;
  double niches = 0.5;
  int64_t restart = 20000;
  FillOptions fill = {};

  static EvolutionOptions read(const ConfigNode& cfg) {
    EvolutionOptions o;
    cfg.read("population", o.population,
             {.min = 2,
              .max = 100000,
              .doc = "archs that are kept, best first; as many random "
                     "ones begin the search"});
    cfg.read("parents", o.parents,
             {.min = 0.001, .max = 1, .doc = "part of the population that has children"});
    cfg.read("crossover", o.crossover,
             {.min = 0,
              .max = 1,
              .doc = "part of the children with two parents; the others are "
                     "changed copies of one"});
    cfg.read("mutation", o.mutation,
             {.min = 0, .max = 1, .doc = "chance that a changed copy redraws a slot"});
    cfg.read(
        "one_slot", o.one_slot,
        {.min = 0, .max = 1, .doc = "part of the changed copies that differ in one slot only"});
    cfg.read("fresh", o.fresh,
             {.min = 0, .max = 1, .doc = "part of the children that are new random archs"});
    cfg.read("niches", o.niches,
             {.min = 0,
              .max = 1,
              .doc = "part of the children whose parents are the best of one image size (or of "
                     "another choice that counts for the whole network), drawn anew each time"});
    cfg.read(
        "restart", o.restart,
        {.min = 0,
         .max = 1e9,
         .doc = "archs without a better one after which the population begins anew; 0: never"});
    o.fill.read(cfg);
    cfg.finish();
    return o;
  }
};

/// The best of an archive, `most` of them, as places in it, best first.
class Population {
 public:
  explicit Population(size_t most) : most_(most) {}

  /// Takes the entry up unless so many better ones were there when keep_best was last called.
  void consider(size_t place, const std::vector<Evaluated>& all) {
    if (sorted_ == most_ && !best_first(all[place], all[places_[most_ - 1]])) return;
    places_.push_back(place);
  }
  void keep_best(const std::vector<Evaluated>& all) {
    const auto better = [&](size_t a, size_t b) { return best_first(all[a], all[b]); };
    const auto fresh = places_.begin() + static_cast<ptrdiff_t>(sorted_);
    std::sort(fresh, places_.end(), better);
    std::inplace_merge(places_.begin(), fresh, places_.end(), better);
    if (places_.size() > most_) places_.resize(most_);
    sorted_ = places_.size();
  }
  void clear() { places_.clear(), sorted_ = 0; }
  size_t most() const { return most_; }
  bool empty() const { return places_.empty(); }
  size_t size() const { return places_.size(); }
  size_t operator[](size_t rank) const { return places_[rank]; }

 private:
  size_t most_;
  std::vector<size_t> places_;
  size_t sorted_ = 0;  // so many of them, in front, are in order
};

class Evolution : public Strategy {
 public:
  Evolution(const EvolutionOptions& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("evolution")),
        niche_axis_(whole_network_axis(*context.space)),
        everywhere_(static_cast<size_t>(options.population)) {}

  std::vector<Arch> ask(size_t n) override {
    const int64_t generation = state_.generation++;
    return new_archs(
        {n, options_.fill.tries, options_.fill.repair_steps, context_.for_each}, moves_,
        context_.limits, [&](const Arch& arch) { return state_.archive.contains(arch); },
        [&](int64_t round) {
          return rng_.fork("round", {generation, round});
        },
        [&](int64_t round, Rng own) { return propose(round, own); });
  }

  void tell(std::span<const Evaluated> evaluated) override {
    const size_t before = state_.archive.size();
    state_.archive.add(evaluated);
    admit(before);
  }

  std::string save() const override { return state_.text("evolution"); }

  void load(const std::string& text) override {
    state_ = ArchiveState::parse(*context_.space, text, "evolution");
    begin_anew(0);
    admit(0);
  }

 private:
  /// Takes the archive's entries from `first` on into the populations. What they become depends on
  /// the order of the archive alone, so a search that goes on rebuilds them.
  void admit(size_t first) {
    const std::vector<Evaluated>& all = state_.archive.all();
    for (size_t i = first; i < all.size(); ++i) {
      const auto idle = static_cast<int64_t>(i - improved_at_);
      if (options_.restart > 0 && idle >= options_.restart) begin_anew(i);
      if (!all[i].feasible()) continue;
      if (all[i].objective > best_) best_ = all[i].objective, improved_at_ = i;
      everywhere_.consider(i, all);
      if (niche_axis_ < 0) continue;
      const int8_t choice = all[i].arch[static_cast<size_t>(niche_axis_)];
      niches_.try_emplace(choice, everywhere_.most() / 3 + 1).first->second.consider(i, all);
    }
    everywhere_.keep_best(all);
    for (auto& [choice, niche] : niches_) niche.keep_best(all);
  }

  /// From the archive's entry `at` on as if nothing had been told before: a population that has
  /// settled on one kind of network seldom leaves it.
  void begin_anew(size_t at) {
    everywhere_.clear();
    niches_.clear();
    begun_at_ = improved_at_ = at;
    best_ = -std::numeric_limits<double>::infinity();
  }

  /// All, or those with one choice of what counts for the whole network: the best of each image
  /// size are developed too, because the size that leads early is not always the best one.
  const Population& population(Rng& rng) const {
    if (niches_.size() < 2 || !rng.coin(options_.niches)) return everywhere_;
    auto niche = niches_.begin();
    std::advance(niche, rng.below(static_cast<int64_t>(niches_.size())));
    return niche->second;
  }

  const Arch& parent(const Population& population, Rng& rng) const {
    const auto size = static_cast<double>(population.size());
    const auto best = static_cast<int64_t>(std::ceil(size * options_.parents));
    const auto drawn = static_cast<size_t>(rng.below(std::max<int64_t>(best, 1)));
    return state_.archive.all()[population[drawn]].arch;
  }

  /// Later rounds of a generation, when children come out as archs seen before, go farther afield.
  Arch propose(int64_t round, Rng rng) const {
    const bool begin = state_.archive.size() - begun_at_ < static_cast<size_t>(options_.population);
    const bool far = round >= options_.fill.tries / 2;
    const bool sample = far ? rng.coin(0.5) : begin || rng.coin(options_.fresh);
    if (everywhere_.empty() || sample) return moves_.sample(rng, options_.fill.sampling);
    const Population& parents = population(rng);
    if (rng.coin(options_.crossover)) {
      const Arch& mother = parent(parents, rng);
      const Arch& father = parent(parents, rng);
      const Arch child = moves_.crossover(mother, father, rng);
      return far ? moves_.change_one(child, rng) : child;
    }
    const Arch& only_parent = parent(parents, rng);
    if (rng.coin(options_.one_slot)) return moves_.change_one(only_parent, rng);
    return moves_.mutate(only_parent, options_.mutation, rng);
  }

  EvolutionOptions options_;
  StrategyContext context_;
  Moves moves_;
  Rng rng_;
  ArchiveState state_;
  int niche_axis_ = -1;
  size_t begun_at_ = 0, improved_at_ = 0;                   // places in the archive
  double best_ = -std::numeric_limits<double>::infinity();  // since begun_at_
  Population everywhere_;                                   // of those that meet the limits
  std::map<int8_t, Population> niches_;                     // the same by the choice of one axis
};

}  // namespace

StrategyRegistry::Factory make_evolution;
std::unique_ptr<Strategy> make_evolution(const ConfigNode& cfg, const StrategyContext& context) {
  return std::make_unique<Evolution>(EvolutionOptions::read(cfg), context);
}

}  // namespace tailor::search
