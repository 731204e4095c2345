// How many true evaluations a search needs when each is a validation of a network: until the best
// arch found is within 0.1 point of the best there is.
// bench_active_search [FILE.csv] [--seeds N] [--batch N] [--pool N]
// FILE.csv: measured accuracies of OFA-MobileNetV3 networks (ofa_accuracy.csv: 1,081 of them, from
// github.com/IntelLabs/DyNAS-T). The landscape is a ridge fitted to all of them, and noise as large
// as its leave-one-out error, in two ways: every arch has a part of its own that belongs to it
// (what a predictor cannot explain), or the value told is noisy and the arch is judged by the value
// without noise. The pool of a seed: all archs of a random part of the space, at least --pool of
// which are within the limit, the median of their MACs.
#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>
#include <unordered_map>

#include "core/config_node.h"
#include "core/error.h"
#include "core/file.h"
#include "predictors/cost_estimator.h"
#include "predictors/predictor.h"
#include "search/front_quality.h"
#include "search/strategy.h"

namespace tailor::bench {
namespace {

using search::Direction;
using search::Evaluated;

constexpr double kWithin = 0.001;
/// Asks in a row without a new arch after which a strategy counts as stuck.
constexpr int kMostIdle = 10;

struct Options {
  std::string file = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/latency/ofa_accuracy.csv";
  int64_t seeds = 20;
  size_t batch = 10;
  size_t pool = 5000;
};

Options read_options(const std::vector<std::string>& args) {
  Options out;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--seeds" && i + 1 < args.size()) {
      out.seeds = std::stoll(args[++i]);
    } else if (args[i] == "--batch" && i + 1 < args.size()) {
      out.batch = std::stoul(args[++i]);
    } else if (args[i] == "--pool" && i + 1 < args.size()) {
      out.pool = std::stoul(args[++i]);
    } else if (args[i].rfind("--", 0) == 0) {
      throw Error("unknown option " + args[i]);
    } else {
      out.file = args[i];
    }
  }
  return out;
}

std::unique_ptr<SearchSpace> ofa_space() {
  const std::string folder = std::string(TAILOR_SOURCE_DIR) + "/configs/spaces/";
  return make_space(ConfigNode::load(folder + "ofa_mobilenet_v3_w1.0.yaml").child("space"));
}

/// Learns accuracy (a fraction) from the file's rows.
std::unique_ptr<predict::Predictor> learned(const SearchSpace& space, const std::string& file) {
  const Csv table = Csv::load(file);
  std::vector<Arch> archs;
  std::vector<double> accuracy;
  for (const auto& row : table.rows) {
    const auto list = [&](const std::string& name, int slots) {
      std::vector<std::string> values;
      for (int i = 0; i < slots; ++i) values.push_back(row[table.column(str(name, i))]);
      return join(values, ",");
    };
    archs.push_back(space.parse(str("ks=", list("k", 20), " e=", list("e", 20), " d=", list("d", 5),
                                    " r=", row[table.column("r")])));
    accuracy.push_back(std::stod(row[table.column("top1")]) / 100);
  }
  const ConfigNode none = ConfigNode::empty("ridge");
  auto out = predict::builtin_accuracy_predictors().create("ridge", none, space);
  out->fit(archs, accuracy, Rng(1));
  return out;
}

/// 224 pixels, a random choice for most slots, every choice for some, drawn until twice `least`
/// archs are left.
Restriction random_part(const SearchSpace& space, size_t least, Rng rng) {
  Restriction out;
  for (const Axis& axis : space.axes()) {
    std::vector<bool>& allowed = out.allowed.emplace_back(axis.values.size(), false);
    const bool resolution = axis.group == "r";
    const auto n = static_cast<int64_t>(axis.values.size());
    allowed[static_cast<size_t>(resolution ? n - 1 : rng.below(n))] = true;
  }
  for (int64_t a : rng.permutation(static_cast<int64_t>(space.axes().size()))) {
    if (space.count(&out) >= 2 * static_cast<double>(least)) break;
    std::vector<bool>& allowed = out.allowed[static_cast<size_t>(a)];
    if (space.axes()[static_cast<size_t>(a)].group != "r") allowed.assign(allowed.size(), true);
  }
  return out;
}

/// Every arch of a restriction.
std::vector<Arch> all_of(const SearchSpace& space, const Restriction& only) {
  std::vector<std::vector<int8_t>> partial = {{}};
  for (const std::vector<bool>& allowed : only.allowed) {
    std::vector<std::vector<int8_t>> longer;
    for (const std::vector<int8_t>& choices : partial) {
      for (size_t c = 0; c < allowed.size(); ++c) {
        if (!allowed[c]) continue;
        longer.push_back(choices);
        longer.back().push_back(static_cast<int8_t>(c));
      }
    }
    partial = std::move(longer);
  }
  std::vector<Arch> out;
  for (const std::vector<int8_t>& choices : partial) out.push_back(space.arch(choices));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

struct Value {
  double macs = 0, smooth = 0, noisy = 0;
};

struct Pool {
  Restriction only;
  std::unordered_map<Arch, Value, ArchHash> values = {};
  double limit = 0;  ///< MACs
  size_t feasible = 0;
  double best_smooth = 0, best_noisy = 0;
};

Pool make_pool(const SearchSpace& space, const Estimator& accuracy, size_t least, const Rng& rng) {
  Pool out{.only = random_part(space, least, rng.fork("part"))};
  const std::vector<Arch> archs = all_of(space, out.only);
  std::vector<Estimate> top1(archs.size()), macs(archs.size());
  accuracy.estimate(archs, top1);
  predict::CostEstimator(space, "macs").estimate(archs, macs);
  std::vector<double> sorted;
  for (size_t i = 0; i < archs.size(); ++i) {
    Rng own = rng.fork("noise", {static_cast<int64_t>(archs[i].hash())});
    const double noise = top1[i].uncertainty * own.normal();
    out.values[archs[i]] = {macs[i].value, top1[i].value, top1[i].value + noise};
    sorted.push_back(macs[i].value);
  }
  std::sort(sorted.begin(), sorted.end());
  out.limit = sorted[sorted.size() / 2];
  for (const auto& [arch, value] : out.values) {
    if (value.macs > out.limit) continue;
    ++out.feasible;
    out.best_smooth = std::max(out.best_smooth, value.smooth);
    out.best_noisy = std::max(out.best_noisy, value.noisy);
  }
  return out;
}

class MacLimit : public search::Feasibility {
 public:
  explicit MacLimit(const Pool& pool) : pool_(pool) {}
  void violations(std::span<const Arch> archs, std::span<double> out) const override {
    for (size_t i = 0; i < archs.size(); ++i) {
      out[i] = std::max(0.0, pool_.values.at(archs[i]).macs / pool_.limit - 1);
    }
  }

 private:
  const Pool& pool_;
};

/// Evaluations until the goal; those of the whole pool where a strategy gets stuck before.
/// smooth: judged by the value without noise; what is told is noisy in either case.
size_t evaluations(const SearchSpace& space, const Pool& pool, const std::string& strategy,
                   const Options& options, int64_t seed, bool smooth) {
  const MacLimit limit(pool);
  const auto choice = search::choose_strategy(ConfigNode::parse(strategy, "bench"));
  const auto searcher = choice.make({&space, &pool.only, &limit, seed});
  const double goal = smooth ? pool.best_smooth : pool.best_noisy;
  size_t count = 0;
  for (int idle = 0; idle < kMostIdle;) {
    std::vector<Evaluated> told;
    size_t reached = 0;
    for (const Arch& arch : searcher->ask(options.batch)) {
      const Value& value = pool.values.at(arch);
      if (value.macs > pool.limit) throw Error("a strategy asked for an arch outside the limit");
      told.push_back({arch, value.noisy, 0, {value.macs}});
      const std::vector<double> own = {smooth ? value.smooth : value.noisy};
      const bool near = search::regret(own, goal, Direction::maximise) <= kWithin;
      if (near && reached == 0) reached = told.size();
    }
    if (reached > 0) return count + reached;
    count += told.size();
    idle = told.empty() ? idle + 1 : 0;
    searcher->tell(told);
  }
  return pool.feasible;
}

double quantile(std::vector<size_t> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  return static_cast<double>(values[below]) * (1 - part) +
         static_cast<double>(values[above]) * part;
}

const std::vector<std::string> kStrategies = {"{name: active}",
                                              "{name: active, acquisition: expected_improvement}",
                                              "{name: nsga2, population: 20}",
                                              "{name: nsga2, population: 50}",
                                              "{name: nsga2}",
                                              "{name: evolution, population: 20}",
                                              "{name: evolution}",
                                              "{name: local_search}",
                                              "{name: local_search, step: steepest}",
                                              "{name: random}"};

void run(const Options& options) {
  const auto space = ofa_space();
  const auto accuracy = learned(*space, options.file);
  std::vector<Pool> pools;
  std::vector<size_t> sizes;
  for (int64_t seed = 1; seed <= options.seeds; ++seed) {
    const Rng rng = Rng(static_cast<uint64_t>(seed)).fork("pool");
    sizes.push_back(pools.emplace_back(make_pool(*space, *accuracy, options.pool, rng)).feasible);
  }
  std::vector<Estimate> one(1);
  const Arch largest = space->largest();
  accuracy->estimate({&largest, 1}, one);
  std::cout << std::fixed << std::setprecision(3) << "noise " << 100 * one[0].uncertainty
            << " points; archs within the limit: " << std::setprecision(0) << quantile(sizes, 0)
            << " to " << quantile(sizes, 1) << "; " << options.seeds << " seeds, " << options.batch
            << " archs a generation\n";
  for (const bool smooth : {false, true}) {
    std::cout << (smooth ? "noise is of the measurement, judged without it\n"
                         : "noise belongs to the arch, judged with it\n");
    for (const std::string& strategy : kStrategies) {
      std::vector<size_t> counts;
      for (size_t k = 0; k < pools.size(); ++k) {
        const auto seed = static_cast<int64_t>(k) + 1;
        counts.push_back(evaluations(*space, pools[k], strategy, options, seed, smooth));
      }
      std::cout << "  " << std::left << std::setw(50) << strategy << std::right << "median "
                << std::setw(6) << quantile(counts, 0.5) << "  quartiles " << std::setw(6)
                << quantile(counts, 0.25) << " " << std::setw(6) << quantile(counts, 0.75) << "\n"
                << std::flush;
    }
  }
}

}  // namespace
}  // namespace tailor::bench

int main(int argc, char** argv) {
  try {
    tailor::bench::run(tailor::bench::read_options({argv + 1, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_active_search: " << error.what() << "\n";
    return 1;
  }
}
