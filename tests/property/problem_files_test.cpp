// Ten thousand problem files, most of them wrong in some way: each gives a valid result or one of
// our errors, errors in less than a second.
#include <cmath>
#include <ctime>
#include <map>

#include "core/error.h"
#include "core/log.h"
#include "search/driver.h"
#include "search/section.h"
#include "tests/support/toy_estimators.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

#ifdef NDEBUG
constexpr int kFiles = 10000;
constexpr double kMostSeconds = 1;
#else  // sanitizers make everything slower
constexpr int kFiles = 1000;
constexpr double kMostSeconds = 20;
#endif
/// A search that ends with a result may work longer, but does not hang.
constexpr double kHangs = 10 * kMostSeconds;
/// Whatever budget a file asks for.
constexpr int64_t kMostEvaluations = 40;

/// Spaces of 3,276 archs, of three million and of 10^15, and what may be estimated of them.
struct Toy {
  explicit Toy(int stages) : space(stages) {}
  ToySpace space;
  FunctionEstimator accuracy = test::toy_accuracy(space);
  FunctionEstimator latency = test::toy_latency(space);
  FunctionEstimator macs = test::toy_macs(space);
  FunctionEstimator params{"params", [this](const Arch& arch) {
                             double sum = 0;
                             for (double e : space.values(arch, "e")) sum += e;
                             return sum;
                           }};
  FunctionEstimator broken{
      "energy_mj", [](const Arch& arch) { return arch.hash() % 3 == 0 ? std::nan("") : 1.0; }};

  std::vector<const Estimator*> all() const {
    return {&accuracy, &latency, &macs, &params, &broken};
  }
  const Estimator& find(const ConfigNode& node, const std::string& metric) const {
    for (const Estimator* estimator : all()) {
      if (estimator->metric() == metric) return *estimator;
    }
    throw UnknownNameError(node.where() + "unknown metric '" + metric + "'");
  }
};

std::string one_of(const std::vector<std::string>& texts, Rng& rng) {
  return texts[static_cast<size_t>(rng.below(static_cast<int64_t>(texts.size())))];
}

/// Now and then a value that is no use: negative, not finite, of another type, absurd.
std::string value(const std::vector<std::string>& good, Rng& rng) {
  static const std::vector<std::string> kBad = {
      "-1", "-1e300", ".nan", "nan", ".inf", "-.inf", "1e999", "\"\"", "yes", "[]",  "[1, 2]",
      "{}", "{a: b}", "~",    "0",   "1e18", "-0",    "0x1F",  "%",    "0%",  "150%"};
  return rng.coin(0.04) ? one_of(kBad, rng) : one_of(good, rng);
}

std::string limits(Rng& rng) {
  static const std::vector<std::string> kMetrics = {"latency_ms", "macs", "params"};
  static const std::map<std::string, std::vector<std::string>> kValues = {
      {"latency_ms",
       {"0", "1", "1.3", "2", "5", "12", "30", "40%", "{pixel: 4, note: 9}", "[2, 12, 5]",
        "'1:9:0.5'", "[0, 40]", "'5:1:1'", "'0:3:'"}},
      {"macs", {"1e3", "5e4", "2e5", "1e6", "30%", "100%"}},
      {"params", {"1", "2", "6", "20", "40", "90"}}};
  std::vector<std::string> parts;
  for (const std::string& metric : kMetrics) {
    if (rng.coin(0.5)) parts.push_back(metric + ": " + value(kValues.at(metric), rng));
  }
  if (rng.coin(0.03)) parts.push_back("energy_mj: 2");  // its estimator fails for some archs
  if (rng.coin(0.02)) parts.push_back("latency: 5");    // no such metric
  if (rng.coin(0.02)) parts.push_back("macs: 7");       // perhaps the second time
  return "{" + join(parts, ", ") + "}";
}

std::string fix(Rng& rng) {
  std::vector<std::string> parts;
  if (rng.coin(0.3))
    parts.push_back("r: " + value({"16", "[16, 28]", "28", "99", "'16:24'", "{not: 20}"}, rng));
  if (rng.coin(0.3)) parts.push_back("ks: " + value({"3", "[5, 7]", "[3, 5, 7]"}, rng));
  if (rng.coin(0.3)) parts.push_back("d: " + value({"1", "[1, 2]", "3"}, rng));
  if (rng.coin(0.2)) parts.push_back("e: " + value({"2", "[4, 6]"}, rng));
  if (rng.coin(0.2)) parts.push_back("'ks[1]': " + value({"3", "{not: 5}", "'3:5'"}, rng));
  if (rng.coin(0.05)) parts.push_back("'e[0:2]': {not: [2, 4]}");
  if (rng.coin(0.03)) parts.push_back("w: 1");
  return "{" + join(parts, ", ") + "}";
}

std::string couple(Rng& rng) {
  static const std::vector<std::string> kRules = {"{d: [1, 2, 3], e: [2, 4, 6]}",
                                                  "{r: [16, 20, 24, 28], d: [1, 2, 2, 3]}",
                                                  "{r: [16, 20, 24, 28], d: [3, 2, 2, 1]}",
                                                  "{d: [1, 2, 3], ks: [7, 7, 3], e: [6, 2, 2]}",
                                                  "{d: [1, 2], e: [2, 4]}",
                                                  "{e: [2, 4, 6], d: [1, 2, 3]}",
                                                  "{d: [1, 2, 3]}",
                                                  "{d: [1, 2, 3], e: [2, 4]}"};
  return value(kRules, rng);
}

std::string strategy(Rng& rng) {
  static const std::map<std::string, std::vector<std::string>> kOptions = {
      {"active", {"initial: 5", "acquisition: expected_improvement", "exploration: 0"}},
      {"evolution", {"population: 2", "population: 100000", "parents: 0.01", "fresh: 1"}},
      {"exact", {"best: 3", "differ: 2", "front: 4"}},
      {"local_search", {"step: steepest", "at_once: 1", "kick: 50", "from_best: 1"}},
      {"nsga2", {"population: 2", "crossover: 0", "mutation: 1", "repair_steps: 0"}},
      {"ofa_evolution", {"population: 2", "generations: 1", "mutants: 0"}},
      {"random", {"tries: 1", "sampling: networks"}}};
  const std::string name = one_of(builtin_strategies().names(), rng);
  std::string out = "{name: " + (rng.coin(0.03) ? one_of({"evolutoin", "\"\"", "7"}, rng) : name);
  if (rng.coin(0.4)) out += ", " + one_of(kOptions.at(name), rng);
  if (rng.coin(0.02)) out += ", population: -5";
  if (rng.coin(0.02)) out += ", no_such_option: 1";
  return out + "}";
}

std::string problem_file(Rng& rng) {
  std::string out = "search:\n";
  if (rng.coin(0.9)) out += "  strategy: " + strategy(rng) + "\n";
  if (rng.coin(0.2)) {
    out += "  objective: " + value({"accuracy", "params", "acuracy", "energy_mj"}, rng) + "\n";
  }
  if (rng.coin(0.9)) out += "  limits: " + limits(rng) + "\n";
  if (rng.coin(0.5)) out += "  fix: " + fix(rng) + "\n";
  if (rng.coin(0.2)) out += "  couple: " + couple(rng) + "\n";
  if (rng.coin(0.3)) out += "  batch: " + value({"1", "7", "1000", "1000000"}, rng) + "\n";
  if (rng.coin(0.3)) {
    out += "  budget: {evaluations: " + value({"1", "30", "1000000000"}, rng) +
           ", seconds: " + value({"0", "1e-9", "1e300"}, rng) +
           ", stagnation: " + value({"0", "1", "1000000"}, rng) + "}\n";
  }
  if (rng.coin(0.05)) out += "  device_loop: " + value({"{rounds: 3}", "{closest: 2}"}, rng) + "\n";
  if (rng.coin(0.02)) out += "  limit: {macs: 3}\n";
  // A slip of the hand: a character lost, or another one in its place.
  if (rng.coin(0.05)) {
    const auto at = static_cast<size_t>(rng.below(static_cast<int64_t>(out.size())));
    out.replace(at, 1,
                rng.coin(0.5) ? "" : one_of({":", "{", "}", "\t", "&", "*", "\"", "-"}, rng));
  }
  return out;
}

/// What a search command does with a file.
struct Search {
  Problem problem;
  SearchResult result;
};

Search search(const Toy& toy, const std::string& text, int64_t seed) {
  const ConfigNode root = ConfigNode::parse(text, "problem.yaml");
  const SearchSection section = SearchSection::read(root.child("search"));
  root.finish();
  Search out{.problem = {.space = toy.space, .only = restrict_by(toy.space, section.fix)},
             .result = {}};
  couple(toy.space, section.couple, *out.problem.only);
  out.problem.objective = &toy.find(section.node, section.objective);
  out.problem.reported = {&toy.latency};
  for (Limit limit : section.limits) {
    const Estimator& estimator = toy.find(section.node, limit.metric);
    if (limit.of_largest > 0) {
      limit.limit = limit.of_largest * estimate_one(estimator, toy.space.largest());
    }
    out.problem.constraints.push_back({limit, &estimator});
  }
  DriverOptions options = section.driver_options();
  options.evaluations = std::min(options.evaluations, kMostEvaluations);
  options.seed = seed;
  options.threads = 1;
  out.result = run_search(out.problem, section.strategy, options);
  return out;
}

/// The values are those of the arch, and the arch is inside limits and restriction.
void check_arch(const Search& found, const Scored& scored) {
  const Problem& problem = found.problem;
  REQUIRE(problem.space.allows(*problem.only, scored.arch));
  REQUIRE(scored.values.size() == problem.columns().size());
  REQUIRE(scored.values[0] == estimate_one(*problem.objective, scored.arch));
  for (size_t c = 0; c < problem.constraints.size(); ++c) {
    const double own = estimate_one(*problem.constraints[c].estimator, scored.arch);
    REQUIRE(own <= problem.constraints[c].limit.limit);
    REQUIRE(scored.values[1 + c] == own);
  }
}

void check_result(const Search& found) {
  const SearchResult& result = found.result;
  REQUIRE(result.evaluations >= 1);
  REQUIRE(result.evaluations <= kMostEvaluations);
  REQUIRE_FALSE(result.stopped.empty());
  REQUIRE_FALSE(result.front.empty());
  REQUIRE(result.front.front().arch == result.best.arch);
  check_arch(found, result.best);
  for (const Scored& scored : result.front) {
    check_arch(found, scored);
    REQUIRE(scored.values[0] <= result.best.values[0]);
  }
  REQUIRE(result.constraints.size() == found.problem.constraints.size());
  for (const LimitResult& limit : result.constraints) REQUIRE(limit.satisfied);
}

/// Seconds of this process; other programs' work does not count.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

TEST_CASE("ten thousand problem files: a valid result, or one of our errors within a second") {
  set_log_sink([](LogLevel, const std::string&) {});
  const Toy small(1), middle(2), large(5);
  const Toy* const toys[] = {&small, &middle, &large};
  std::map<std::string, int> outcomes;
  for (int i = 0; i < kFiles; ++i) {
    Rng rng = Rng(1).fork("file", {i});
    const Toy& toy = *toys[i % 3];
    const std::string text = problem_file(rng);
    INFO("file " << i << "\n" << text);
    const double begin = cpu_seconds();
    double most = kMostSeconds;
    try {
      check_result(search(toy, text, i));
      most = kHangs;
      ++outcomes["result"];
    } catch (const InfeasibleError& error) {
      REQUIRE(std::string(error.what()).find("smallest seen") +
                  std::string(error.what()).find("nearest seen") !=
              2 * std::string::npos);
      ++outcomes["infeasible"];
    } catch (const UnknownNameError&) {
      ++outcomes["unknown name"];
    } catch (const ConfigError&) {
      ++outcomes["config"];
    } catch (const Error& error) {
      INFO(error.what());
      // Only the estimator that fails may end a search in another way.
      REQUIRE(std::string(error.what()).find("gave nan") != std::string::npos);
      ++outcomes["estimator"];
    }
    const double seconds = cpu_seconds() - begin;
    REQUIRE(seconds < most);
  }
  set_log_sink({});
  // Each way to end is well covered.
  CHECK(outcomes["result"] >= kFiles / 5);
  CHECK(outcomes["infeasible"] >= kFiles / 20);
  CHECK(outcomes["config"] >= kFiles / 20);
  CHECK(outcomes["unknown name"] >= kFiles / 100);
  CHECK(outcomes["estimator"] >= kFiles / 200);
}

}  // namespace
}  // namespace tailor::search
