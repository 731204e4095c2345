// Searches of OFA-MobileNetV3 for a Samsung Note10 with the published accuracy predictor and
// tables.
//
//   bench_note10_search OFA_FOLDER [key=value ...]
//
// Keys: limits=20,25,30 seeds=5 evaluations=50100 seconds=0 threads=1 batch=100 and
// strategy={name: evolution}. One line a search: limit, seed, accuracy, latency, evaluations,
// seconds, archs a second.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>

#include "core/error.h"
#include "core/log.h"
#include "predictors/published.h"
#include "search/driver.h"
#include "supernet/formats/pth.h"
#include "tests/support/note10.h"
#include "tests/support/spaces.h"

namespace tailor::search {
namespace {

std::map<std::string, std::string> read_keys(int argc, char** argv) {
  std::map<std::string, std::string> keys = {
      {"limits", "20,25,30"}, {"seeds", "5"},   {"evaluations", "50100"},         {"seconds", "0"},
      {"threads", "1"},       {"batch", "100"}, {"strategy", "{name: evolution}"}};
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

int run(int argc, char** argv) {
  if (argc < 2) throw Error("usage: bench_note10_search OFA_FOLDER [key=value ...]");
  const auto keys = read_keys(argc, argv);
  const test::Note10 note10(argv[1]);
  const StrategyChoice strategy =
      choose_strategy(ConfigNode::parse(keys.at("strategy"), "strategy"));
  DriverOptions options;
  options.evaluations = std::stoll(keys.at("evaluations"));
  options.seconds = std::stod(keys.at("seconds"));
  options.threads = std::stoi(keys.at("threads"));
  options.batch = std::stoll(keys.at("batch"));
  set_log_sink([](LogLevel, const std::string&) {});
  std::cout << "limit seed accuracy latency evaluations seconds per_second\n";
  for (const std::string& limit : split(keys.at("limits"), ',')) {
    const Problem problem = note10.problem(std::stod(limit));
    for (options.seed = 0; options.seed < std::stoll(keys.at("seeds")); ++options.seed) {
      const SearchResult result = run_search(problem, strategy, options);
      std::cout << limit << " " << options.seed << std::fixed << std::setprecision(5) << " "
                << result.best.values[0] << " " << result.constraints[0].value << " "
                << result.evaluations << " " << std::setprecision(3) << result.seconds << " "
                << std::llround(static_cast<double>(result.evaluations) / result.seconds)
                << std::defaultfloat << std::endl;
    }
  }
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
