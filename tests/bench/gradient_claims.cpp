// What the network of a search by gradient is worth: random networks of its measured latency and
// others that are named, each trained alone in the same way, on test images.
// bench_gradient_claims CONFIG RUN_DIR EPOCHS SEEDS [--shared LR] [NAME=ARCH ...]
//
// From scratch at the rate of the config's first phase, or with --shared from the run's shared
// weights at the given rate, all networks alike.
// RUN_DIR holds a finished run. Trained networks are kept in RUN_DIR/claims: the same command goes
// on where it was cut off.
#include <ATen/ATen.h>

#include <cmath>
#include <iomanip>
#include <iostream>

#include "core/error.h"
#include "tests/bench/bench_main.h"
#include "tools/session.h"
#include "tools/stages/estimators.h"
#include "tools/stages/finalist_rows.h"
#include "tools/stages/latency_bench.h"
#include "trainers/loop.h"

namespace tailor::tools {
namespace {

constexpr size_t kRandom = 6, kDrawn = 12;
constexpr double kSameLatency = 0.05;

struct Network {
  std::string name;
  Arch arch;
  double predicted_ms = 0, ms = 0, spread = 0;  ///< milliseconds; relative 95 % interval
  std::vector<double> accuracies = {};          ///< on test images, a seed each
};

/// Mean and its standard error (NaN for one value).
struct Mean {
  double mean = 0, error = 0;

  explicit Mean(const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    double square = 0;
    for (const double v : values) mean += v / n;
    for (const double v : values) square += (v - mean) * (v - mean) / (n - 1);
    error = std::sqrt(square / n);
  }
};

class Claims {
 public:
  /// shared_lr: rate of training from the run's shared weights; 0: from scratch.
  Claims(const Session& s, RunDir& run, int64_t epochs, int64_t seeds, double shared_lr)
      : s_(s), run_(run), epochs_(epochs), seeds_(seeds), shared_lr_(shared_lr) {}

  /// The winner, the named ones, then random archs whose predicted latency is the winner's within
  /// kSameLatency.
  std::vector<Network> candidates(std::span<const std::string> named) const {
    const Estimators estimators(s_, run_);
    std::vector<Network> out;
    const auto add = [&](const std::string& name, const Arch& arch) {
      out.push_back({name, arch, estimate_one(*estimators.latency, arch)});
    };
    add("derived", s_.space->parse(read_winner(run_.file("finalists.csv")).arch));
    for (const std::string& each : named) {
      const size_t equals = each.find('=');
      if (equals == std::string::npos) throw ConfigError(str("expected NAME=ARCH, got: ", each));
      add(each.substr(0, equals), s_.space->parse(each.substr(equals + 1)));
    }
    Rng rng = s_.rng("gradient claims");
    const double aim = out[0].predicted_ms;
    for (size_t drawn = 0; drawn < kDrawn;) {
      const Arch arch = s_.space->sample(rng);
      if (std::abs(estimate_one(*estimators.latency, arch) / aim - 1) > kSameLatency) continue;
      add(str("random", ++drawn), arch);
    }
    return out;
  }

  /// Measures all side by side and leaves the first kRandom random ones of the winner's latency.
  void measure(std::vector<Network>& networks, size_t first_random) const {
    std::vector<Arch> archs;
    for (const Network& each : networks) archs.push_back(each.arch);
    const LatencyBench bench = bench_latency(s_, run_, archs);
    for (size_t i = 0; i < networks.size(); ++i) {
      networks[i].ms = bench.measured.measurements[i].median_ms;
      networks[i].spread = bench.measured.measurements[i].spread;
    }
    size_t kept = first_random;
    for (size_t i = first_random; i < networks.size() && kept < first_random + kRandom; ++i) {
      if (std::abs(networks[i].ms / networks[0].ms - 1) <= kSameLatency) {
        networks[kept++] = networks[i];
      }
    }
    networks.resize(kept, networks[0]);
    if (kept == first_random + kRandom) return;
    throw Error(str("only ", kept - first_random, " of ", kDrawn,
                    " random networks measured within 5 % of the winner"));
  }

  /// Test accuracy after `epochs` alone, with the config's training and its first phase's rate.
  double train_alone(const Network& network, int64_t seed) const {
    const train::PhaseSchedule schedule{
        .epochs = epochs_,
        .lr = shared_lr_ > 0 ? shared_lr_ : s_.train.phases[0]->schedule().lr,
        .warmup_epochs = 0.3,
        .frozen_teacher = ""};
    train::TrainOptions options = s_.train;
    options.start = shared_lr_ > 0 ? s_.weights_file(run_) : "";
    options.named = {};
    options.phases = {train::single_phase(schedule, network.arch, 0)};
    options.phase_names = {"alone"};
    train::Trainer trainer(*s_.space, *s_.data, options, static_cast<uint64_t>(seed), s_.threads);
    const char* folder = shared_lr_ > 0 ? "claims_shared/" : "claims/";
    trainer.run(run_.file(str(folder, network.name, "-", seed)),
                str(epochs_, " ", shared_lr_, " ", s_.space->print(network.arch)));
    train::SubnetEvaluator evaluator(*s_.space, *s_.data, trainer.store(), s_.evaluate.evaluator);
    return evaluator.evaluate(network.arch, train::Split::test).accuracy;
  }

  void train(std::vector<Network>& networks) const {
    for (Network& each : networks) {
      for (int64_t seed = 1; seed <= seeds_; ++seed) {
        each.accuracies.push_back(train_alone(each, seed));
      }
      std::cout << std::left << std::setw(10) << each.name << std::right << " predicted "
                << each.predicted_ms << " ms, measured " << each.ms << " +- " << 100 * each.spread
                << " %, test accuracy " << Mean(each.accuracies).mean << " (";
      for (const double accuracy : each.accuracies) std::cout << " " << accuracy;
      std::cout << " )  " << s_.space->print(each.arch) << std::endl;
    }
  }

 private:
  const Session& s_;
  RunDir& run_;
  const int64_t epochs_, seeds_;
  const double shared_lr_;
};

void conclude(const std::vector<Network>& networks, size_t first_random) {
  const Mean own(networks[0].accuracies);
  std::vector<double> means;
  for (size_t i = first_random; i < networks.size(); ++i) {
    means.push_back(Mean(networks[i].accuracies).mean);
  }
  const Mean random(means);
  const double better = own.mean - random.mean;
  std::cout << "derived " << own.mean << " (standard error over seeds " << own.error
            << "), mean of " << means.size() << " random networks " << random.mean
            << " (standard error " << random.error << "): " << 100 * better << " points better, "
            << better / random.error << " standard errors of that mean, "
            << better / std::hypot(random.error, std::isnan(own.error) ? 0 : own.error)
            << " with the derived network's own\n";
  for (size_t i = 1; i < first_random; ++i) {
    const Mean other(networks[i].accuracies);
    std::cout << networks[i].name << " " << other.mean << " (standard error over seeds "
              << other.error << "): derived is " << 100 * (own.mean - other.mean)
              << " points better\n";
  }
}

int run(const std::vector<std::string>& args) {
  if (args.size() < 4) {
    throw ConfigError(
        "bench_gradient_claims CONFIG RUN_DIR EPOCHS SEEDS [--shared LR] [NAME=ARCH ...]");
  }
  CommonFlags flags;
  flags.config = args[0];
  const Session session(flags);
  RunDir folder(args[1]);
  const bool shared = args.size() > 5 && args[4] == "--shared";
  const Claims claims(session, folder, std::stoll(args[2]), std::stoll(args[3]),
                      shared ? std::stod(args[5]) : 0);
  const std::span<const std::string> named(args.begin() + (shared ? 6 : 4), args.end());
  std::cout << std::fixed << std::setprecision(4);
  std::vector<Network> networks = claims.candidates(named);
  claims.measure(networks, 1 + named.size());
  claims.train(networks);
  conclude(networks, 1 + named.size());
  return 0;
}

}  // namespace
}  // namespace tailor::tools

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_gradient_claims", argc, argv, tailor::tools::run);
}
