// What the README says of a finished quick start, checked after it: the winner against random archs
// of its latency, and subnets inside the supernet against the same archs trained alone.
// bench_quickstart_claims CONFIG RUN_DIR [random|alone]
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "search/result_io.h"
#include "supernet/space/cost.h"
#include "tests/bench/bench_main.h"
#include "tools/session.h"
#include "tools/stages/estimators.h"
#include "tools/stages/finalist_rows.h"
#include "trainers/loop.h"

namespace tailor::tools {
namespace {

struct Bench {
  const Session& session;
  RunDir& run;
  supernet::ParameterStore store;
  train::SubnetEvaluator evaluator;

  Bench(const Session& s, RunDir& r)
      : session(s),
        run(r),
        store(s.load_store(r)),
        evaluator(*s.space, *s.data, store, s.evaluate.evaluator) {}
};

/// Ten random archs predicted between 80 and 100 % of the limit, on test images, against the
/// winner.
void against_random(Bench& bench) {
  const Session& s = bench.session;
  const Estimators estimators(s, bench.run);
  const FinalistRow winner = read_winner(bench.run.file("finalists.csv"));
  std::vector<double> accuracies;
  Rng rng = s.rng("bench");
  for (int tries = 0; accuracies.size() < 10 && tries < 100000; ++tries) {
    const Arch arch = s.space->sample(rng);
    const double ms = estimate_one(*estimators.latency, arch);
    if (ms < 0.8 * winner.limit_ms || ms > winner.limit_ms) continue;
    const double accuracy = bench.evaluator.evaluate(arch, train::Split::test).accuracy;
    accuracies.push_back(accuracy);
    std::cout << "  " << accuracy << "  " << ms << " ms  " << s.space->print(arch) << "\n";
  }
  double mean = 0, square = 0;
  const auto n = static_cast<double>(accuracies.size());
  for (double a : accuracies) mean += a / n;
  for (double a : accuracies) square += (a - mean) * (a - mean) / (n - 1);
  const double error = std::sqrt(square / n);
  const double again =
      bench.evaluator.evaluate(s.space->parse(winner.arch), train::Split::test).accuracy;
  std::cout << "winner " << again << ", mean of " << n << " random archs at 80-100 % of the limit "
            << mean << " (standard error " << error << "): " << (again - mean) * 100
            << " points better, " << (again - mean) / error << " standard errors\n";
}

/// The arch trained alone for as many epochs of the same split as the supernet had; returns by how
/// much that is better.
double alone(Bench& bench, const std::string& name, const Arch& arch) {
  const Session& s = bench.session;
  int64_t epochs = 0;
  for (const auto& phase : s.train.phases) epochs += phase->schedule().epochs;
  const std::string text = s.space->print(arch);
  ConfigNode section = ConfigNode::parse(
      str("batch: ", s.train.batch, "\nshards: ", s.train.shards,
          "\nlabel_smoothing: ", number(s.train.label_smoothing), "\nema: ", number(s.train.ema),
          "\nphases:\n", "  - {name: single, epochs: ", epochs,
          ", lr: 0.3, warmup_epochs: 0.3, arch: \"", text, "\"}\n"),
      "alone");
  const train::TrainOptions options = train::TrainOptions::read(section, *s.space);
  train::Trainer trainer(*s.space, *s.data, options, static_cast<uint64_t>(s.seed), s.threads);
  trainer.run(bench.run.file("alone/" + name), section.canonical_text());
  train::SubnetEvaluator own(*s.space, *s.data, trainer.store(), s.evaluate.evaluator);
  const double trained = own.evaluate(arch, train::Split::test).accuracy;
  const double shared = bench.evaluator.evaluate(arch, train::Split::test).accuracy;
  const int64_t images =
      epochs * (s.data->size(train::Split::train) / options.batch * options.batch);
  std::cout << name << " (" << text << "): alone " << trained << " after " << images
            << " images forward, inside the supernet " << shared << ": " << (trained - shared) * 100
            << " points lost to sharing\n";
  return trained - shared;
}

/// Of the evaluated archs, the one at `part` of their order by MACs.
Arch at_size(const Bench& bench, double part) {
  const SearchSpace& space = *bench.session.space;
  const Csv rows = Csv::load(bench.run.file("evaluate/accuracy.csv"));
  std::vector<std::pair<int64_t, std::string>> by_macs;
  for (const auto& row : rows.rows) {
    const std::string& text = row[rows.column("arch")];
    by_macs.emplace_back(network_cost(space.lower(space.parse(text))).macs, text);
  }
  std::sort(by_macs.begin(), by_macs.end());
  return space.parse(
      by_macs.at(static_cast<size_t>(part * static_cast<double>(by_macs.size() - 1))).second);
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 2) throw ConfigError("bench_quickstart_claims CONFIG RUN_DIR [random|alone]");
  CommonFlags flags;
  flags.config = args[0];
  const Session session(flags);
  RunDir folder(args[1]);
  Bench bench(session, folder);
  std::cout << std::fixed << std::setprecision(4);
  const std::string what = args.size() > 2 ? args[2] : "";
  if (what != "alone") against_random(bench);
  if (what == "random") return 0;
  const FinalistRow winner = read_winner(folder.file("finalists.csv"));
  const std::vector<std::pair<std::string, Arch>> archs = {
      {"small", session.space->smallest()},
      {"lower", at_size(bench, 0.25)},
      {"middle", session.space->parse(winner.arch)},
      {"upper", at_size(bench, 0.75)},
      {"large", session.space->largest()}};
  double lost = 0;
  for (const auto& [name, arch] : archs) lost += alone(bench, name, arch);
  std::cout << "mean of " << archs.size() << ": " << lost / static_cast<double>(archs.size()) * 100
            << " points lost to sharing\n";
  int64_t supernet = 0;
  const Csv history = Csv::load(folder.file("train/history.csv"));
  for (const auto& row : history.rows) supernet += std::stoll(row[history.column("images")]);
  std::cout << "the supernet saw " << supernet << " images, each by several subnets\n";
  return 0;
}

}  // namespace
}  // namespace tailor::tools

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_quickstart_claims", argc, argv, tailor::tools::run);
}
