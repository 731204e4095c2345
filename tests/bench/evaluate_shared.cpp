// How much faster many subnets are evaluated together than one by one, and that scores are equal.
// bench_evaluate_shared CONFIG RUN_DIR|- [SUBNETS [ROUNDS [THREADS]]]
// "-": random weights, and no population of the run's search. Two ways, turn by turn: together, and
// one by one with nothing shared (each subnet decodes its own images).
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <numeric>
#include <unordered_set>

#include "core/error.h"
#include "search/driver.h"
#include "supernet/space/pieces.h"
#include "tests/bench/bench_main.h"
#include "tools/session.h"
#include "tools/stages/estimators.h"
#include "trainers/prefix_tree.h"

namespace tailor::tools {
namespace {

using Scores = std::vector<train::SubnetScore>;

std::vector<Arch> random_archs(const SearchSpace& space, size_t count, Rng rng) {
  std::unordered_set<Arch, ArchHash> seen;
  std::vector<Arch> out;
  while (out.size() < count) {
    const Arch arch = space.sample(rng);
    if (seen.insert(arch).second) out.push_back(arch);
  }
  return out;
}

/// A population of evolution around a few parents: each child is one of them with every slot
/// redrawn with probability 0.1. All different.
std::vector<Arch> neighbourhood(const SearchSpace& space, size_t count, size_t parents, Rng rng) {
  std::vector<Arch> out = random_archs(space, parents, rng.fork("parents"));
  std::unordered_set<Arch, ArchHash> seen(out.begin(), out.end());
  while (out.size() < count) {
    const Arch& parent = out[static_cast<size_t>(rng.below(static_cast<int64_t>(parents)))];
    const Arch child = space.mutate(parent, 0.1, rng);
    if (seen.insert(child).second) out.push_back(child);
  }
  return out;
}

/// Scores as another estimator does and remembers the archs in the order of their scoring.
class Recorder : public Estimator {
 public:
  explicit Recorder(const Estimator& inner) : inner_(inner) {}
  std::string metric() const override { return inner_.metric(); }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    inner_.estimate(archs, out);
    const std::lock_guard lock(mutex_);
    seen_.insert(seen_.end(), archs.begin(), archs.end());
  }
  const std::vector<Arch>& seen() const { return seen_; }

 private:
  const Estimator& inner_;
  mutable std::mutex mutex_;
  mutable std::vector<Arch> seen_;
};

/// Every arch that the config's search scores, in order; its first `evaluations` (0: all).
std::vector<Arch> searched(const Session& s, const Estimators& estimators, int64_t evaluations) {
  const Recorder objective(*estimators.accuracy);
  const search::Problem problem{.space = *s.space,
                                .objective = &objective,
                                .constraints = bind_limits(s, estimators),
                                .reported = {estimators.latency}};
  search::DriverOptions options = s.search.driver_options();
  options.seed = s.seed;
  options.threads = 1;
  if (evaluations > 0) options.evaluations = evaluations;
  search::run_search(problem, s.search.strategy, options);
  return objective.seen();
}

/// The generations of the config's search that hold `count` archs, from `skip` evaluations on.
std::vector<Arch> generations(const Session& s, const RunDir& run, size_t count, size_t skip) {
  const std::vector<Arch> all = searched(s, Estimators(s, run), static_cast<int64_t>(skip + count));
  if (all.size() < skip + count) throw Error("the search ended before");
  return {all.begin() + static_cast<std::ptrdiff_t>(skip),
          all.begin() + static_cast<std::ptrdiff_t>(skip + count)};
}

/// The `count` best archs of the whole search: the population that it ends with.
std::vector<Arch> last_population(const Session& s, const RunDir& run, size_t count) {
  const Estimators estimators(s, run);
  std::vector<Arch> all = searched(s, estimators, 0);
  if (all.size() < count) throw Error("the search ended before");
  std::vector<Estimate> scores(all.size());
  estimators.accuracy->estimate(all, scores);
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a].value > scores[b].value; });
  std::vector<Arch> out;
  for (size_t i = 0; i < count; ++i) out.push_back(all[order[i]]);
  return out;
}

/// Seconds, by the wall's clock and by the processor's (a busy machine changes the former only).
struct Seconds {
  double wall = 0, processor = 0;
};

Seconds time_of(const std::function<void()>& work) {
  const auto processor_now = [] {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  const auto wall = std::chrono::steady_clock::now();
  const double processor = processor_now();
  work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - wall;
  return {took.count(), processor_now() - processor};
}

double median(std::vector<double> values) {
  if (values.empty()) return NAN;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Multiply-accumulates of the networks one by one, by those of their tree.
double shared_work(const SearchSpace& space, const std::vector<Arch>& archs) {
  PieceCutter cutter;
  std::map<Shape, std::vector<NetworkSpec>> by_input;
  double alone = 0, together = 0;
  for (const Arch& arch : archs) {
    NetworkSpec spec = cutter.cut(space.lower(arch));
    for (const BlockUse& use : spec.blocks) alone += static_cast<double>(use.block->macs);
    by_input[spec.inputs[0]].push_back(std::move(spec));
  }
  for (const auto& [shape, specs] : by_input) {
    for (const auto& node : train::PrefixTree(specs).nodes) {
      together += static_cast<double>(node.block->macs);
    }
  }
  return alone / together;
}

struct Bench {
  const Session& s;
  const supernet::ParameterStore& store;
  int64_t threads;

  Scores together(const std::vector<Arch>& archs) const {
    train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
    Scores scores(archs.size());
    evaluator.evaluate_all(archs, train::Split::validation, threads,
                           [&](size_t i, const train::SubnetScore& v) { scores[i] = v; });
    return scores;
  }
  /// Nothing is shared: each subnet decodes its own images.
  Scores one_by_one(const std::vector<Arch>& archs) const {
    Scores scores(archs.size());
    tbb::task_arena arena(static_cast<int>(threads));
    arena.execute([&] {
      tbb::parallel_for(size_t{0}, archs.size(), [&](size_t i) {
        train::SubnetEvaluator own(*s.space, *s.data, store, s.evaluate.evaluator);
        scores[i] = own.evaluate(archs[i], train::Split::validation);
      });
    });
    return scores;
  }

  void compare(const std::string& name, const std::vector<Arch>& archs, int rounds) const {
    std::vector<double> wall[2], processor[2];
    bool equal = true;
    for (int round = 0; round < rounds; ++round) {
      Scores scores[2];
      for (int way : {0, 1}) {
        const Seconds took =
            time_of([&] { scores[way] = way == 0 ? together(archs) : one_by_one(archs); });
        wall[way].push_back(took.wall);
        processor[way].push_back(took.processor);
      }
      for (size_t i = 0; i < archs.size(); ++i) {
        equal = equal && scores[0][i].accuracy == scores[1][i].accuracy &&
                scores[0][i].loss == scores[1][i].loss;
      }
    }
    const auto text = [&](const char* clock, const std::vector<double>(&list)[2]) {
      const double shared = median(list[0]), alone = median(list[1]);
      return str("; ", clock, ": one by one ", number(alone), " s, together ", number(shared),
                 " s, ", number(alone / shared), "x");
    };
    std::cout << name << ", " << archs.size() << " subnets, " << threads << " threads, " << rounds
              << " rounds" << text("wall", wall) << text("processor", processor) << "; by MACs "
              << number(shared_work(*s.space, archs)) << "x; accuracies and losses "
              << (equal ? "equal" : "DIFFERENT") << std::endl;
  }
};

int run(const std::vector<std::string>& args) {
  if (args.size() < 2) {
    throw ConfigError("bench_evaluate_shared CONFIG RUN_DIR|- [SUBNETS [ROUNDS [THREADS]]]");
  }
  CommonFlags flags;
  flags.config = args[0];
  const Session session(flags);
  supernet::ParameterStore store = supernet::ParameterStore::of_space(*session.space);
  if (args[1] == "-") {
    store.initialise(Rng(0));
  } else {
    store = session.load_store(RunDir(args[1]));
  }
  const size_t count = args.size() > 2 ? std::stoul(args[2]) : 200;
  const int rounds = args.size() > 3 ? std::stoi(args[3]) : 3;
  const Bench bench{session, store, args.size() > 4 ? std::stoll(args[4]) : 1};
  bench.compare("random", random_archs(*session.space, count, session.rng("random")), rounds);
  for (size_t parents : {4, 16}) {
    bench.compare(str("neighbourhood of ", parents),
                  neighbourhood(*session.space, count, parents, session.rng("neighbourhood")),
                  rounds);
  }
  if (args[1] == "-") return 0;
  for (size_t skip : {500, 1000, 2000, 4000}) {
    bench.compare(str("generations of the search after ", skip, " evaluations"),
                  generations(session, RunDir(args[1]), count, skip), rounds);
  }
  bench.compare("population that the search ends with",
                last_population(session, RunDir(args[1]), count), rounds);
  return 0;
}

}  // namespace
}  // namespace tailor::tools

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_evaluate_shared", argc, argv, tailor::tools::run);
}
