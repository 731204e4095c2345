// NSGA-II: keeps the whole front of objective against trade-off metric, spread evenly.
// Source: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist multiobjective genetic algorithm:
// NSGA-II", IEEE TEC 6 (2002), sections III.A-C, limits by section VI.A. Ours: repair toward the
// limits, and no arch is proposed twice.
#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "search/archive.h"
#include "search/moves.h"
#include "search/new_archs.h"
#include "search/non_dominated.h"

namespace tailor::search {
namespace {

struct Nsga2Options {
  int64_t population = 100;
  double crossover = 0.9;
  double mutation = 0.05;
  FillOptions fill = {};

  static Nsga2Options read(const ConfigNode& cfg) {
    Nsga2Options o;
    cfg.read("population", o.population,
             {.min = 2,
              .max = 100000,
              .doc = "archs that are kept; as many random ones begin the search"});
    cfg.read("crossover", o.crossover,
             {.min = 0, .max = 1, .doc = "part of the children with two parents"});
    cfg.read("mutation", o.mutation,
             {.min = 0, .max = 1, .doc = "chance that a child redraws a slot; one slot at least"});
    o.fill.read(cfg);
    cfg.finish();
    return o;
  }
};

class Nsga2 : public Strategy {
 public:
  Nsga2(const Nsga2Options& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("nsga2")) {}

  std::vector<Arch> ask(size_t n) override {
    const Rng rng = rng_.fork("generation", {state_.generation++});
    return new_archs(
        {n, options_.fill.tries, options_.fill.repair_steps, context_.for_each}, moves_,
        context_.limits, [&](const Arch& arch) { return state_.archive.contains(arch); }, rng,
        [&](int64_t round, Rng own) { return propose(round, own); });
  }

  void tell(std::span<const Evaluated> evaluated) override {
    const size_t before = state_.archive.size();
    state_.archive.add(evaluated);
    const std::vector<Evaluated>& all = state_.archive.all();
    population_.insert(population_.end(), all.begin() + static_cast<ptrdiff_t>(before), all.end());
    select();
  }

  /// The population's places in the archive, then the archive.
  std::string save() const override {
    std::unordered_map<Arch, size_t, ArchHash> places;
    const std::vector<Evaluated>& all = state_.archive.all();
    for (size_t i = 0; i < all.size(); ++i) places.emplace(all[i].arch, i);
    std::vector<std::string> words;
    for (const Evaluated& item : population_) words.push_back(str(places.at(item.arch)));
    return join(words, " ") + "\n" + state_.text("nsga2");
  }

  void load(const std::string& text) override {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string rest = text.substr(std::min(end + 1, text.size()));
    state_ = ArchiveState::parse(*context_.space, rest, "nsga2");
    population_.clear();
    if (end == 0) return;
    for (const std::string& word : split(text.substr(0, end), ' ')) {
      int64_t place = 0;
      const auto size = static_cast<int64_t>(state_.archive.size());
      if (!parse_number(word, place) || place < 0 || place >= size) {
        throw IoError(str("saved state of 'nsga2': '", word, "' is no place in its archive"));
      }
      population_.push_back(state_.archive.all()[static_cast<size_t>(place)]);
    }
  }

 private:
  /// Sorts by the crowded comparison and keeps the first.
  void select() {
    std::vector<Evaluated> sorted;
    for (size_t i : crowded_order(population_)) sorted.push_back(population_[i]);
    const auto most = static_cast<size_t>(options_.population);
    if (sorted.size() > most) sorted.resize(most);
    population_ = std::move(sorted);
  }

  /// Binary tournament: the population is sorted, so the earlier of two wins.
  const Arch& parent(Rng& rng) const {
    const auto size = static_cast<int64_t>(population_.size());
    const int64_t first = rng.below(size);
    return population_[static_cast<size_t>(std::min(first, rng.below(size)))].arch;
  }

  /// Later rounds of a generation, when children come out as archs seen before, go farther afield.
  Arch propose(int64_t round, Rng rng) const {
    const bool begin = state_.archive.size() < static_cast<size_t>(options_.population);
    const bool far = round >= options_.fill.tries / 2 && rng.coin(0.5);
    if (population_.empty() || begin || far) return moves_.sample(rng, options_.fill.sampling);
    Arch child = parent(rng);
    if (rng.coin(options_.crossover)) {
      child = moves_.crossover(child, parent(rng), rng);
    }
    const Arch mutated = context_.space->mutate(child, options_.mutation, rng, context_.only);
    return mutated == child ? moves_.change_one(child, rng) : mutated;
  }

  Nsga2Options options_;
  StrategyContext context_;
  Moves moves_;
  Rng rng_;
  ArchiveState state_;
  std::vector<Evaluated> population_;  // by the crowded comparison, best first
};

}  // namespace

StrategyRegistry::Factory make_nsga2;
std::unique_ptr<Strategy> make_nsga2(const ConfigNode& cfg, const StrategyContext& context) {
  return std::make_unique<Nsga2>(Nsga2Options::read(cfg), context);
}

}  // namespace tailor::search
