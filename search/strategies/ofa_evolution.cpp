// The evolution that Once-for-All was published with, rule by rule, to compare with: a population
// of equal size every generation, the best part kept as parents, children drawn again until they
// meet the limits, networks seen before not avoided, and inherited genes kept where they do not
// matter. Source: Cai et al. 2020, Once for All, ofa/nas/search_algorithm/evolution.py and the
// tutorial's copy of it. Unlike there, tries are bounded, and a network seen before is scored from
// memory.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "search/archive.h"
#include "search/moves.h"

namespace tailor::search {
namespace {

/// Redraws of one child until it meets the limits; a child that never does is left out.
constexpr int kMostRedraws = 10000;
// Children in a row that found no place within the limits, after which a generation ends: each has
// cost kMostRedraws.
constexpr int kMostFruitless = 5;
// Generations in a row without a new network, after which the search ends.
constexpr int kMostIdle = 20;

/// A choice for every slot, also for those that do not matter at present.
using Genes = std::vector<int8_t>;

struct Individual {
  double score = 0;
  Genes genes;
};

struct OfaEvolutionOptions {
  int64_t population = 100;
  int64_t generations = 500;
  double parents = 0.25;
  double mutants = 0.5;
  double mutation = 0.1;

  static OfaEvolutionOptions read(const ConfigNode& cfg) {
    OfaEvolutionOptions o;
    cfg.read("population", o.population,
             {.min = 2,
              .max = 100000,
              .doc = "archs of the first generation, and children of each "
                     "later one"});
    cfg.read("generations", o.generations,
             {.min = 1, .max = 1e6, .doc = "generations after the first"});
    cfg.read(
        "parents", o.parents,
        {.min = 0.001, .max = 1, .doc = "part of the population that is kept and has children"});
    cfg.read("mutants", o.mutants,
             {.min = 0,
              .max = 1,
              .doc = "part of the children that are changed copies of one parent; "
                     "the others have two"});
    cfg.read("mutation", o.mutation,
             {.min = 0,
              .max = 1,
              .doc = "chance that a changed copy redraws a block, or a slot that "
                     "belongs to none"});
    cfg.finish();
    return o;
  }
};

std::string genes_text(const Genes& genes) {
  std::vector<int> numbers(genes.begin(), genes.end());
  return join(numbers, ",");
}

class OfaEvolution : public Strategy {
 public:
  OfaEvolution(const OfaEvolutionOptions& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("ofa_evolution")) {
    std::map<std::pair<int, int>, size_t> blocks;
    const std::vector<Axis>& axes = context.space->axes();
    for (size_t i = 0; i < axes.size(); ++i) {
      const auto key = std::pair(axes[i].parent, axes[i].slot);
      const auto [block, is_new] = blocks.emplace(key, redrawn_together_.size());
      if (is_new || axes[i].parent < 0) {
        redrawn_together_.push_back({i});
      } else {
        redrawn_together_[block->second].push_back(i);
      }
    }
  }

  std::vector<Arch> ask(size_t n) override {
    std::vector<Arch> out;
    while (out.size() < n) {
      if (next_ == children_.size()) {
        if (!out.empty() || generation_ > options_.generations || settled()) break;
        if (idle_++ == kMostIdle) break;
        breed();
        if (children_.empty()) break;
      }
      const Arch arch = moves_.arch(children_[next_++]);
      const bool asked = std::find(out.begin(), out.end(), arch) != out.end();
      if (!asked && !archive_.contains(arch)) out.push_back(arch);
    }
    if (!out.empty()) idle_ = 0;
    return out;
  }

  void tell(std::span<const Evaluated> evaluated) override { archive_.add(evaluated); }

  std::string save() const override {
    std::string out = str("ofa_evolution 1 ", generation_, " ", next_, " ", population_.size(), " ",
                          children_.size(), "\n");
    for (const Individual& each : population_) {
      out += str(number(each.score), " ", genes_text(each.genes), "\n");
    }
    for (const Genes& genes : children_) out += genes_text(genes) + "\n";
    return out + archive_.text();
  }

  void load(const std::string& text) override;

 private:
  /// The next generation's children; those of the last one join their parents.
  void breed() {
    for (Genes& genes : children_) {
      const Evaluated* told = archive_.find(moves_.arch(genes));
      if (told && told->feasible()) population_.push_back({told->objective, std::move(genes)});
    }
    children_.clear();
    next_ = 0;
    const Rng rng = rng_.fork("generation", {generation_});
    const bool first = generation_++ == 0;
    if (!first) select();
    if (!first && population_.empty()) return;
    int fruitless = 0;
    for (int64_t i = 0; i < options_.population && fruitless < kMostFruitless; ++i) {
      Rng own = rng.fork("child", {i});
      Genes child;
      if (first) {
        child = within_limits([&] { return sample(own); });
      } else if (i < mutants()) {
        const Genes& parent = draw(own);
        child = within_limits([&] { return mutated(parent, own); });
      } else {
        const Genes &mother = draw(own), &father = draw(own);
        child = within_limits([&] { return crossed(mother, father, own); });
      }
      fruitless = child.empty() ? fruitless + 1 : 0;
      if (!child.empty()) children_.push_back(std::move(child));
    }
  }

  int64_t mutants() const {
    return std::llround(static_cast<double>(options_.population) * options_.mutants);
  }

  /// Without mutants, parents that are one network have no other children: nothing new will come.
  bool settled() const {
    if (mutants() > 0 || population_.empty()) return false;
    const Arch first = moves_.arch(population_.front().genes);
    return std::all_of(population_.begin(), population_.end(),
                       [&](const Individual& each) { return moves_.arch(each.genes) == first; });
  }

  /// The best stay; of equals those that came later.
  void select() {
    std::reverse(population_.begin(), population_.end());
    std::stable_sort(population_.begin(), population_.end(),
                     [](const Individual& a, const Individual& b) { return a.score > b.score; });
    const double kept = static_cast<double>(options_.population) * options_.parents;
    const auto most = static_cast<size_t>(std::max<int64_t>(1, std::llround(kept)));
    if (population_.size() > most) population_.resize(most);
  }

  template <class Make>
  Genes within_limits(const Make& make) const {
    for (int k = 0; k < kMostRedraws; ++k) {
      Genes genes = make();
      if (!context_.limits) return genes;
      const Arch arch = moves_.arch(genes);
      double violation = 0;
      context_.limits->violations({&arch, 1}, {&violation, 1});
      if (violation == 0) return genes;
    }
    return {};
  }

  const Genes& draw(Rng& rng) const {
    const auto n = static_cast<int64_t>(population_.size());
    return population_[static_cast<size_t>(rng.below(n))].genes;
  }

  Genes sample(Rng& rng) const {
    Genes out;
    for (size_t i = 0; i < context_.space->axes().size(); ++i) out.push_back(moves_.draw(i, rng));
    return out;
  }

  Genes mutated(Genes genes, Rng& rng) const {
    for (const std::vector<size_t>& block : redrawn_together_) {
      if (!rng.coin(options_.mutation)) continue;
      for (const size_t axis : block) genes[axis] = moves_.draw(axis, rng);
    }
    return genes;
  }

  static Genes crossed(const Genes& mother, const Genes& father, Rng& rng) {
    Genes out;
    for (size_t i = 0; i < mother.size(); ++i) out.push_back(rng.coin(0.5) ? mother[i] : father[i]);
    return out;
  }

  Genes parse_genes(std::string_view text) const;

  OfaEvolutionOptions options_;
  StrategyContext context_;
  Moves moves_;
  Rng rng_;
  std::vector<std::vector<size_t>> redrawn_together_;  // axes of a block; each other axis alone
  int64_t generation_ = 0;                             // bred so far, the first among them
  std::vector<Individual> population_;                 // parents, best first
  std::vector<Genes> children_;                        // of the present generation
  size_t next_ = 0;                                    // child that is asked about next
  int idle_ = 0;                                       // generations bred in this call, none new
  Archive archive_;
};

Genes OfaEvolution::parse_genes(std::string_view text) const {
  const std::vector<Axis>& axes = context_.space->axes();
  const std::vector<std::string> words = split(text, ',');
  Genes out;
  for (size_t i = 0; i < words.size() && words.size() == axes.size(); ++i) {
    int64_t choice = 0;
    const bool legal = parse_number(words[i], choice) && choice >= 0 &&
                       choice < static_cast<int64_t>(axes[i].values.size());
    if (!legal) break;
    out.push_back(static_cast<int8_t>(choice));
  }
  if (out.size() != axes.size()) {
    throw IoError(str("saved state of 'ofa_evolution': '", text.substr(0, 80), "' is no arch"));
  }
  return out;
}

void OfaEvolution::load(const std::string& text) {
  std::string_view rest = text;
  const auto line = [&rest] {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) throw IoError("saved state of 'ofa_evolution' is cut off");
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return out;
  };
  const std::vector<std::string> head = split(line(), ' ');
  std::vector<int64_t> counts;
  for (size_t i = 2; i < head.size(); ++i) {
    if (!parse_number(head[i], counts.emplace_back()) || counts.back() < 0) counts.clear();
  }
  if (counts.size() != 4 || head[0] != "ofa_evolution" || head[1] != "1" || counts[1] > counts[3]) {
    throw IoError("saved state of a search strategy: not one of 'ofa_evolution'");
  }
  population_.clear();
  children_.clear();
  for (int64_t i = 0; i < counts[2]; ++i) {
    const std::vector<std::string> words = split(line(), ' ');
    Individual& each = population_.emplace_back();
    if (words.size() != 2 || !parse_number(words[0], each.score)) {
      throw IoError("saved state of 'ofa_evolution': expected 'score genes'");
    }
    each.genes = parse_genes(words[1]);
  }
  for (int64_t i = 0; i < counts[3]; ++i) children_.push_back(parse_genes(line()));
  generation_ = counts[0], next_ = static_cast<size_t>(counts[1]);
  archive_ = Archive::parse(*context_.space, rest, "saved state of 'ofa_evolution'");
}

}  // namespace

StrategyRegistry::Factory make_ofa_evolution;
std::unique_ptr<Strategy> make_ofa_evolution(const ConfigNode& cfg,
                                             const StrategyContext& context) {
  return std::make_unique<OfaEvolution>(OfaEvolutionOptions::read(cfg), context);
}

}  // namespace tailor::search
