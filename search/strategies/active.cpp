// Active search, for when each evaluation is a real validation: a Gaussian process learns from the
// few archs evaluated so far, an evolution over its cheap predictions proposes archs, and those
// that promise most are evaluated next.
// Sources: Cummings et al., "A Hardware-Aware Framework for Accelerating Neural
// Architecture Search Across Modalities", arXiv 2205.10358, section 3.2 (LINAS), and White,
// Neiswanger and Savani, BANANAS, AAAI 2021, section 3; batches: Desautels, Krause and Burdick,
// JMLR 15 (2014), section 4 (GP-BUCB); expected improvement: Jones, Schonlau and Welch 1998,
// eq. 15.
#include <algorithm>
#include <unordered_set>

#include "search/acquisition.h"
#include "search/archive.h"
#include "search/gaussian_process.h"
#include "search/moves.h"
#include "search/new_archs.h"

namespace tailor::search {
namespace {

/// Archs that the variances are learned from; they change little after that.
constexpr size_t kMostLearned = 120;
/// Part by which the archs must have grown in number before variances are learned again.
constexpr double kLearnAgain = 1.5;
/// Proposals among which a generation is chosen.
constexpr size_t kPool = 200;
/// Parents of proposals, evaluated ones and proposed ones.
constexpr size_t kParents = 30;

struct ActiveOptions {
  int64_t initial = 20;
  std::string acquisition = "upper_bound";
  double exploration = 1;
  int64_t rounds = 12;
  int64_t proposals = 100;
  int64_t learn_from = 300;
  int64_t repair_steps = 40;
  std::string sampling = "choices";

  static ActiveOptions read(const ConfigNode& cfg) {
    ActiveOptions o;
    cfg.read("initial", o.initial,
             {.min = 2, .max = 1e4, .doc = "random archs evaluated before anything is predicted"});
    cfg.read("acquisition", o.acquisition,
             {.choices = {"upper_bound", "expected_improvement"},
              .doc = "what archs are chosen by: mean plus deviations, or the gain over the best"});
    cfg.read("exploration", o.exploration,
             {.min = 0, .max = 100, .doc = "standard deviations of 'upper_bound'"});
    cfg.read("rounds", o.rounds,
             {.min = 1, .max = 1e4, .doc = "generations of the evolution over predictions"});
    cfg.read("proposals", o.proposals,
             {.min = 1, .max = 1e5, .doc = "archs predicted in each of them"});
    cfg.read("learn_from", o.learn_from,
             {.min = 2,
              .max = 5000,
              .doc = "most archs to predict from: the best, and an even choice of the others"});
    cfg.read("repair_steps", o.repair_steps,
             {.min = 0, .max = 1e6, .doc = "changes that may bring a proposal within the limits"});
    cfg.read("sampling", o.sampling,
             {.choices = {"choices", "networks"},
              .doc = "random archs: uniform over the choices of every slot, or over networks"});
    cfg.finish();
    return o;
  }
};

class Active : public Strategy {
 public:
  Active(const ActiveOptions& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        process_(*context.space),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("active")) {}

  std::vector<Arch> ask(size_t n) override {
    const Rng rng = rng_.fork("generation", {state_.generation++});
    const auto initial = static_cast<size_t>(options_.initial);
    if (known_.size() < initial) return samples(std::min(n, initial - known_.size()), {}, rng);
    predict_from_known();
    std::vector<Arch> out = chosen(proposals(std::max(kPool, 2 * n), rng), n);
    // A space that is nearly used up: what the evolution did not find.
    const std::vector<Arch> others = samples(n - out.size(), out, rng.fork("others"));
    out.insert(out.end(), others.begin(), others.end());
    return out;
  }

  void tell(std::span<const Evaluated> evaluated) override {
    const size_t before = state_.archive.size();
    state_.archive.add(evaluated);
    admit(before);
  }

  std::string save() const override { return state_.text("active"); }

  void load(const std::string& text) override {
    state_ = ArchiveState::parse(*context_.space, text, "active");
    known_.clear();
    learned_ = 0;
    admit(0);
  }

 private:
  struct Proposal {
    Arch arch;
    double promise = 0;
  };

  void admit(size_t first) {
    const std::vector<Evaluated>& all = state_.archive.all();
    for (size_t i = first; i < all.size(); ++i) {
      if (all[i].feasible()) known_.push_back(all[i]);
    }
  }

  NewArchsOptions bounded(size_t count) const {
    return {.count = count, .tries = 10, .repair_steps = options_.repair_steps};
  }

  std::vector<Arch> samples(size_t n, const std::vector<Arch>& besides, const Rng& rng) const {
    const auto known = [&](const Arch& arch) {
      return state_.archive.contains(arch) ||
             std::find(besides.begin(), besides.end(), arch) != besides.end();
    };
    const auto sample = [&](int64_t, Rng own) { return moves_.sample(own, options_.sampling); };
    return new_archs(bounded(n), moves_, context_.limits, known, rng, sample);
  }

  /// Variances from the first archs, whose number grows by leaps, so that a search that was cut off
  /// finds the same ones; then the values of all.
  void predict_from_known() {
    size_t count = static_cast<size_t>(options_.initial);
    while (count < kMostLearned &&
           static_cast<double>(count) * kLearnAgain <= static_cast<double>(known_.size())) {
      count = static_cast<size_t>(static_cast<double>(count) * kLearnAgain);
    }
    if (count != learned_) {
      const auto [archs, values] = columns({known_.begin(), known_.begin() + ptrdiff_t(count)});
      process_.learn(archs, values);
      learned_ = count;
    }
    best_first_ = known_;
    std::sort(best_first_.begin(), best_first_.end(), best_first);
    const auto [archs, values] = columns(informative());
    process_.condition(archs, values);
  }

  static std::pair<std::vector<Arch>, std::vector<double>> columns(
      const std::vector<Evaluated>& rows) {
    std::pair<std::vector<Arch>, std::vector<double>> out;
    for (const Evaluated& row : rows) {
      out.first.push_back(row.arch);
      out.second.push_back(row.objective);
    }
    return out;
  }

  /// The better half of what may be learned from, and an even choice of the others.
  std::vector<Evaluated> informative() const {
    const auto most = static_cast<size_t>(options_.learn_from);
    if (best_first_.size() <= most) return best_first_;
    const size_t best = (most + 1) / 2, others = most - best;
    std::vector<Evaluated> out(best_first_.begin(), best_first_.begin() + ptrdiff_t(best));
    for (size_t i = 0; i < others; ++i) {
      out.push_back(best_first_[best + i * (best_first_.size() - best) / others]);
    }
    return out;
  }

  Acquisition acquisition() const {
    using Kind = Acquisition::Kind;
    const bool bound = options_.acquisition == "upper_bound";
    return {.kind = bound ? Kind::upper_bound : Kind::expected_improvement,
            .exploration = options_.exploration,
            .best = best_first_.front().objective};
  }

  /// Evolution over predictions: the `most` archs of highest promise, best first, none evaluated.
  std::vector<Arch> proposals(size_t most, const Rng& rng) const {
    const Acquisition promise = acquisition();
    std::vector<Proposal> pool;
    std::unordered_set<Arch, ArchHash> seen;
    for (int64_t round = 0; round < options_.rounds; ++round) {
      std::vector<Arch> archs = new_archs(
          bounded(static_cast<size_t>(options_.proposals)), moves_, context_.limits,
          [&](const Arch& arch) { return state_.archive.contains(arch) || seen.contains(arch); },
          rng.fork("proposals", {round}), [&](int64_t, Rng own) { return propose(pool, own); });
      const std::vector<GaussianProcess::Prediction> predicted = process_.predict(archs);
      for (size_t i = 0; i < archs.size(); ++i) {
        seen.insert(archs[i]);
        pool.push_back({archs[i], promise(predicted[i])});
      }
      std::sort(pool.begin(), pool.end(), [](const Proposal& a, const Proposal& b) {
        return a.promise != b.promise ? a.promise > b.promise : a.arch < b.arch;
      });
      if (pool.size() > most) pool.resize(most);
    }
    std::vector<Arch> out;
    for (const Proposal& item : pool) out.push_back(item.arch);
    return out;
  }

  const Arch& parent(const std::vector<Proposal>& pool, Rng& rng) const {
    if (!pool.empty() && rng.coin(0.7)) {
      const auto size = static_cast<int64_t>(std::min(pool.size(), kParents));
      return pool[static_cast<size_t>(rng.below(size))].arch;
    }
    const auto size = static_cast<int64_t>(std::min(best_first_.size(), kParents));
    return best_first_[static_cast<size_t>(rng.below(size))].arch;
  }

  Arch propose(const std::vector<Proposal>& pool, Rng rng) const {
    if (rng.coin(0.1)) return moves_.sample(rng, options_.sampling);
    const Arch& mother = parent(pool, rng);
    if (rng.coin(0.5)) return moves_.change_one(mother, rng);
    return moves_.crossover(mother, parent(pool, rng), rng);
  }

  std::vector<Arch> chosen(const std::vector<Arch>& pool, size_t n) const {
    std::vector<Arch> out;
    for (size_t i : choose_batch(process_.predict(pool), process_.covariance(pool),
                                 process_.noise(), acquisition(), n)) {
      out.push_back(pool[i]);
    }
    return out;
  }

  ActiveOptions options_;
  StrategyContext context_;
  Moves moves_;
  GaussianProcess process_;
  Rng rng_;
  ArchiveState state_;
  std::vector<Evaluated> known_;       // meet the limits, in the order of telling
  std::vector<Evaluated> best_first_;  // the same, sorted
  size_t learned_ = 0;                 // archs that the process's variances are from
};

}  // namespace

StrategyRegistry::Factory make_active;
std::unique_ptr<Strategy> make_active(const ConfigNode& cfg, const StrategyContext& context) {
  return std::make_unique<Active>(ActiveOptions::read(cfg), context);
}

}  // namespace tailor::search
