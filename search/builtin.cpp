// The list of search strategies, and choosing one by a config.
#include "core/error.h"
#include "search/strategy.h"
#include "supernet/space/axis.h"

namespace tailor::search {
namespace {

/// A space to make a strategy for where only its options are of interest.
class NoSpace : public SearchSpace {
 public:
  NoSpace() : SearchSpace("none", {number_axis("x", 0, "", {0})}) {}

 protected:
  void build(const Arch&, NetworkBuilder&) const override { throw Error("no network here"); }
};

}  // namespace

StrategyRegistry::Factory make_active, make_evolution, make_exact, make_local_search, make_nsga2,
    make_ofa_evolution, make_random;

StrategyRegistry builtin_strategies() {
  StrategyRegistry r("search strategy");
  r.add("active",
        "few true evaluations: a Gaussian process learns from them and says which come next",
        make_active);
  r.add("evolution", "best quarter of an archive, mutation, crossover, repair toward the limits",
        make_evolution);
  r.add("exact", "the best network there is, with a proof; every metric must be a sum of tables",
        make_exact);
  r.add("local_search",
        "climbs over single changes to local optima, from random and near-best starts",
        make_local_search);
  r.add("nsga2", "NSGA-II: a population spread over the front of objective and trade-off metric",
        make_nsga2);
  r.add("ofa_evolution",
        "the evolution that Once-for-All was published with, to compare with; ends by itself",
        make_ofa_evolution);
  r.add("random", "distinct uniform samples that meet the limits; the baseline", make_random);
  return r;
}

StrategyChoice choose_strategy(const ConfigNode& section, const StrategyRegistry& registry) {
  std::string name = "evolution";
  section.read("name", name, {.doc = "which search strategy"});
  if (!registry.entries().contains(name)) {
    throw UnknownNameError(section.where("name") +
                           unknown_name_text(registry.kind(), name, registry.names()));
  }
  const NoSpace nowhere;
  registry.create(name, section, {.space = &nowhere});  // options are checked here and now
  auto make = [section, registry, name](const StrategyContext& context) {
    return registry.create(name, section, context);
  };
  return {name, section, make};
}

}  // namespace tailor::search
