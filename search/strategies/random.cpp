// Random search: distinct uniform samples that meet the limits.
#include <unordered_set>

#include "search/archive.h"
#include "search/moves.h"
#include "search/repair.h"

namespace tailor::search {
namespace {

struct RandomOptions {
  std::string sampling = "choices";
  int64_t tries = 200;

  static RandomOptions read(const ConfigNode& cfg) {
    RandomOptions o;
    cfg.read("sampling", o.sampling,
             {.choices = {"choices", "networks"},
              .doc = "uniform over the choices of every slot, or over distinct networks"});
    cfg.read("tries", o.tries,
             {.min = 1, .max = 1e6, .doc = "draws for each arch that is asked for, at most"});
    cfg.finish();
    return o;
  }
};

class Random : public Strategy {
 public:
  Random(const RandomOptions& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("random")) {}

  std::vector<Arch> ask(size_t n) override {
    const int64_t generation = state_.generation++;
    std::vector<Arch> out;
    std::unordered_set<Arch, ArchHash> drawn;
    for (int64_t round = 0; round < options_.tries && out.size() < n; ++round) {
      Rng rng = rng_.fork("sample", {generation, round});
      std::vector<Arch> samples;
      for (size_t i = out.size(); i < n; ++i)
        samples.push_back(moves_.sample(rng, options_.sampling));
      // No step of repair: what breaks a limit is left out.
      for (Arch& arch : repaired(std::move(samples), moves_, context_.limits, 0, rng)) {
        if (state_.archive.contains(arch) || !drawn.insert(arch).second) continue;
        out.push_back(std::move(arch));
      }
    }
    return out;
  }

  void tell(std::span<const Evaluated> evaluated) override { state_.archive.add(evaluated); }
  std::string save() const override { return state_.text("random"); }
  void load(const std::string& text) override {
    state_ = ArchiveState::parse(*context_.space, text, "random");
  }

 private:
  RandomOptions options_;
  StrategyContext context_;
  Moves moves_;
  Rng rng_;
  ArchiveState state_;
};

}  // namespace

StrategyRegistry::Factory make_random;
std::unique_ptr<Strategy> make_random(const ConfigNode& cfg, const StrategyContext& context) {
  return std::make_unique<Random>(RandomOptions::read(cfg), context);
}

}  // namespace tailor::search
