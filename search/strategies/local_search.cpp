// Local search: several climbs side by side over single changes, each to a local optimum, then from
// a new start. Sources: White, Nolen and Savani, "Exploring the loss landscape in neural
// architecture search", UAI 2021, section 4; starts near the best: iterated local search, Lourenco,
// Martin and Stuetzle 2003, section 3.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/error.h"
#include "search/archive.h"
#include "search/moves.h"
#include "search/repair.h"

namespace tailor::search {
namespace {

struct LocalSearchOptions {
  std::string step = "first";
  int64_t at_once = 8;
  double from_best = 0.5;
  int64_t kick = 4;
  int64_t repair_steps = 40;
  int64_t tries = 50;
  std::string sampling = "choices";

  static LocalSearchOptions read(const ConfigNode& cfg) {
    LocalSearchOptions o;
    cfg.read("step", o.step,
             {.choices = {"first", "steepest"},
              .doc = "move as soon as a neighbour is better, or when all are known"});
    cfg.read("at_once", o.at_once,
             {.min = 1,
              .max = 1e6,
              .doc = "neighbours of one arch in a generation, where the step is 'first'"});
    cfg.read("from_best", o.from_best,
             {.min = 0, .max = 1, .doc = "part of the starts that are near the best known arch"});
    cfg.read("kick", o.kick,
             {.min = 1, .max = 1e4, .doc = "slots changed to get from the best to such a start"});
    cfg.read("repair_steps", o.repair_steps,
             {.min = 0, .max = 1e6, .doc = "changes that may bring an arch within the limits"});
    cfg.read("tries", o.tries,
             {.min = 1, .max = 1e6, .doc = "starts tried to fill one generation"});
    cfg.read("sampling", o.sampling,
             {.choices = {"choices", "networks"},
              .doc = "random starts: uniform over the choices of every slot, or over networks"});
    cfg.finish();
    return o;
  }
};

class LocalSearch : public Strategy {
 public:
  LocalSearch(const LocalSearchOptions& options, const StrategyContext& context)
      : options_(options),
        context_(context),
        moves_(*context.space, context.only),
        rng_(Rng(static_cast<uint64_t>(context.seed)).fork("local_search")) {}

  std::vector<Arch> ask(size_t n) override {
    const Rng rng = rng_.fork("generation", {state_.generation++});
    Asked asked{n, {}, {}};
    std::vector<Arch> going;
    for (const Arch& centre : centres_) climb(centre, asked, going);
    for (int64_t t = 0; t < options_.tries && asked.archs.size() < n; ++t) {
      for (const Arch& at : start(rng.fork("start", {t}))) climb(at, asked, going);
    }
    centres_ = std::move(going);
    return std::move(asked.archs);
  }

  void tell(std::span<const Evaluated> evaluated) override {
    state_.archive.add(evaluated);
    remember();
  }

  /// Where climbs stand, then the archive.
  std::string save() const override {
    std::vector<std::string> words;
    for (const Arch& centre : centres_) words.push_back(choices_text(centre));
    return join(words, " ") + "\n" + state_.text("local_search");
  }

  void load(const std::string& text) override {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string rest = text.substr(std::min(end + 1, text.size()));
    state_ = ArchiveState::parse(*context_.space, rest, "local_search");
    centres_.clear();
    objectives_.clear();
    remembered_ = 0;
    remember();
    if (end == 0) return;
    for (const std::string& word : split(text.substr(0, end), ' ')) {
      centres_.push_back(parse_choices(*context_.space, word));
    }
  }

 private:
  struct Asked {
    size_t most;
    std::vector<Arch> archs;
    std::unordered_set<Arch, ArchHash> made;

    bool full() const { return archs.size() >= most; }
    void add(const Arch& arch) {
      if (!full() && made.insert(arch).second) archs.push_back(arch);
    }
  };

  void remember() {
    const std::vector<Evaluated>& all = state_.archive.all();
    for (; remembered_ < all.size(); ++remembered_) {
      const Evaluated& item = all[remembered_];
      if (!item.feasible()) continue;
      objectives_.emplace(item.arch, item.objective);
      const bool better = objectives_.size() == 1 || item.objective > best_objective_;
      if (better) best_ = item.arch, best_objective_ = item.objective;
    }
  }

  /// An arch's neighbours within the limits, in an order of its own, each once.
  std::vector<Arch> around(const Arch& centre) const {
    Rng rng = rng_.fork("around", {static_cast<int64_t>(centre.hash())});
    std::vector<Arch> found =
        repaired(moves_.neighbours(centre), moves_, context_.limits, options_.repair_steps, rng);
    rng.shuffle(found);
    std::vector<Arch> out;
    std::unordered_set<Arch, ArchHash> seen = {centre};
    for (Arch& arch : found) {
      if (seen.insert(arch).second) out.push_back(std::move(arch));
    }
    return out;
  }

  /// Goes up from `centre` as far as known archs lead, and asks for what must be known to go on.
  /// Ends at a local optimum; else where the climb stands is kept in `going`.
  void climb(Arch centre, Asked& asked, std::vector<Arch>& going) const {
    while (!asked.full()) {
      if (!state_.archive.contains(centre)) asked.add(centre);
      const std::vector<Arch> neighbours = around(centre);
      std::vector<Arch> unknown;
      const Arch* next = nullptr;
      for (const Arch& arch : neighbours) {
        if (!state_.archive.contains(arch)) {
          unknown.push_back(arch);
        } else if (better(arch, next ? *next : centre)) {
          next = &arch;
        }
      }
      const bool first = options_.step == "first";
      if (next && (first || unknown.empty())) {
        centre = *next;
        continue;
      }
      if (unknown.empty() && state_.archive.contains(centre)) return;  // a local optimum
      const size_t most = first ? static_cast<size_t>(options_.at_once) : unknown.size();
      for (size_t i = 0; i < unknown.size() && i < most; ++i) asked.add(unknown[i]);
      break;
    }
    going.push_back(std::move(centre));
  }

  /// Is `a`, which is known, better than `b`? An arch that is unknown or breaks a limit is worst.
  bool better(const Arch& a, const Arch& b) const {
    const auto of_a = objectives_.find(a), of_b = objectives_.find(b);
    if (of_a == objectives_.end()) return false;
    return of_b == objectives_.end() ? state_.archive.contains(b) : of_a->second > of_b->second;
  }

  /// A new start within the limits; none where repair fails.
  std::vector<Arch> start(Rng rng) const {
    Arch arch;
    if (!objectives_.empty() && rng.coin(options_.from_best)) {
      arch = best_;
      for (int64_t k = 0; k < options_.kick; ++k) arch = moves_.change_one(arch, rng);
    } else {
      arch = moves_.sample(rng, options_.sampling);
    }
    return repaired({arch}, moves_, context_.limits, options_.repair_steps, rng);
  }

  LocalSearchOptions options_;
  StrategyContext context_;
  Moves moves_;
  Rng rng_;
  ArchiveState state_;
  std::vector<Arch> centres_;                              // where climbs stand that have not ended
  std::unordered_map<Arch, double, ArchHash> objectives_;  // of archs that meet the limits
  size_t remembered_ = 0;                                  // archs of the archive in objectives_
  Arch best_;
  double best_objective_ = 0;
};

}  // namespace

StrategyRegistry::Factory make_local_search;
std::unique_ptr<Strategy> make_local_search(const ConfigNode& cfg, const StrategyContext& context) {
  return std::make_unique<LocalSearch>(LocalSearchOptions::read(cfg), context);
}

}  // namespace tailor::search
