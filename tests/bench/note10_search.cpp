// Searches of OFA-MobileNetV3 for a Samsung Note10 with the published accuracy predictor and
// tables.
//
//   bench_note10_search OFA_FOLDER [key=value ...]
//
// Keys: limits=20,25,30 first=0 seeds=5 evaluations=50100 seconds=0 threads=1 batch=256 arch=0 and
// strategy={name: evolution}. One line a search: limit, seed, accuracy, latency, evaluations,
// seconds, archs a second; with arch=1 a second line, the arch. limits=15:60:1 is one search for
// all of them: a line a limit, then one for the whole. evaluations=target:0.8179 ends when the best
// is as good: the search runs once to see when, and again with as many evaluations to be timed.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>

#include "core/error.h"
#include "core/log.h"
#include "predictors/predictor.h"
#include "predictors/published.h"
#include "search/driver.h"
#include "search/section.h"
#include "search/sweep.h"
#include "supernet/formats/pth.h"
#include "tests/support/note10.h"
#include "tests/support/spaces.h"

namespace tailor::search {
namespace {

using Keys = std::map<std::string, std::string>;

Keys read_keys(int argc, char** argv) {
  Keys keys = {{"limits", "20,25,30"},
               {"first", "0"},
               {"seeds", "5"},
               {"evaluations", "50100"},
               {"seconds", "0"},
               {"threads", "1"},
               {"batch", "256"},
               {"arch", "0"},
               {"objective", "published"},
               {"strategy", "{name: evolution}"}};
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos || !keys.contains(word.substr(0, equals))) {
      throw Error(str("no key=value: ", word));
    }
    keys[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return keys;
}

void print(const std::string& limit, int64_t seed, const Scored& best, const SearchResult& result) {
  std::cout << limit << " " << seed << std::fixed << std::setprecision(8) << " " << best.values[0]
            << " " << best.values[1] << " " << result.evaluations << " " << std::setprecision(4)
            << result.seconds << " "
            << std::llround(static_cast<double>(result.evaluations) / result.seconds)
            << std::defaultfloat << std::endl;
}

/// Evaluations after which a search's best is at least `target`.
int64_t evaluations_to(double target, const Problem& problem, const StrategyChoice& strategy,
                       DriverOptions options) {
  for (options.evaluations = 2'000; options.evaluations <= 1'024'000; options.evaluations *= 2) {
    for (const HistoryRow& row : run_search(problem, strategy, options).history) {
      if (row.best >= target) return row.evaluations;
    }
  }
  throw Error(str("a million evaluations did not reach ", target));
}

/// The linear predictor, fitted to the published one.
std::unique_ptr<predict::Predictor> linear_of(const test::Note10& note10) {
  const Restriction only = note10.restriction();
  std::vector<Arch> archs;
  std::vector<double> values;
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    archs.push_back(note10.space().sample_choices(rng, &only));
    values.push_back(estimate_one(note10.accuracy(), archs.back()));
  }
  auto out = predict::builtin_accuracy_predictors().create("linear", ConfigNode::empty("linear"),
                                                           note10.space());
  out->fit(archs, values, rng);
  Estimate first;
  out->estimate({archs.data(), 1}, {&first, 1});
  std::cout << "linear predictor: leave-one-out error " << first.uncertainty << std::endl;
  return out;
}

void search_each(const test::Note10& note10, const Estimator& objective, const Keys& keys,
                 const StrategyChoice& strategy, DriverOptions options) {
  const std::string target = "target:", evaluations = keys.at("evaluations");
  for (const std::string& limit : split(keys.at("limits"), ',')) {
    Problem problem = note10.problem(std::stod(limit));
    problem.objective = &objective;
    const int64_t first = std::stoll(keys.at("first")), seeds = std::stoll(keys.at("seeds"));
    for (options.seed = first; options.seed < first + seeds; ++options.seed) {
      options.evaluations = evaluations.starts_with(target)
                                ? evaluations_to(std::stod(evaluations.substr(target.size())),
                                                 problem, strategy, options)
                                : std::stoll(evaluations);
      const SearchResult result = run_search(problem, strategy, options);
      print(limit, options.seed, result.best, result);
      if (keys.at("arch") == "1") std::cout << note10.space().print(result.best.arch) << std::endl;
    }
  }
}

void search_all(const test::Note10& note10, const Estimator& objective, const Keys& keys,
                const StrategyChoice& strategy, DriverOptions options) {
  options.seed = std::stoll(keys.at("first"));
  options.evaluations = std::stoll(keys.at("evaluations"));
  const SearchSection section = SearchSection::read(
      ConfigNode::parse("search: {limits: {latency_ms: '" + keys.at("limits") + "'}}", "limits")
          .child("search"));
  options.sweep = section.sweep.value();
  Problem problem = note10.problem(1);
  problem.objective = &objective;
  const SearchResult result = run_search(problem, strategy, options);
  for (const LimitBest& each : result.by_limit) {
    print(number(each.limit.limit), options.seed, each.best, result);
  }
}

int run(int argc, char** argv) {
  if (argc < 2) throw Error("usage: bench_note10_search OFA_FOLDER [key=value ...]");
  const Keys keys = read_keys(argc, argv);
  const test::Note10 note10(argv[1]);
  const StrategyChoice strategy =
      choose_strategy(ConfigNode::parse(keys.at("strategy"), "strategy"));
  DriverOptions options;
  options.seconds = std::stod(keys.at("seconds"));
  options.threads = std::stoi(keys.at("threads"));
  options.batch = std::stoll(keys.at("batch"));
  set_log_sink([](LogLevel, const std::string&) {});
  std::cout << "limit seed accuracy latency evaluations seconds per_second\n";
  const bool sweep = keys.at("limits").find(':') != std::string::npos;
  std::unique_ptr<predict::Predictor> linear;
  if (keys.at("objective") == "linear") linear = linear_of(note10);
  const Estimator& objective = linear ? static_cast<const Estimator&>(*linear) : note10.accuracy();
  (sweep ? search_all : search_each)(note10, objective, keys, strategy, options);
  return 0;
}

}  // namespace
}  // namespace tailor::search

int main(int argc, char** argv) {
  try {
    return tailor::search::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_note10_search: " << error.what() << "\n";
    return 1;
  }
}
