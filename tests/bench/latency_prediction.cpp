// How well whole networks' latency is predicted, on public archives of measured networks: from N
// archs of the same device, and on a new device from 10 archs and other devices' archives.
// bench_latency_prediction [FOLDER] [--seed N] [--repeats N] [--json]
// FOLDER holds ofa_gpu_latency.csv and fbnet_latency.csv (github.com/HayeonLee/HELP); any columns
// whose names end in _ms are read.
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/config_node.h"
#include "core/error.h"
#include "predictors/latency_transfer.h"
#include "predictors/quality.h"
#include "predictors/ridge.h"

namespace tailor::predict {
namespace {

constexpr size_t kTrainSizes[] = {50, 200, 900};
constexpr int64_t kSamples = 10;
const std::vector<double> kLambdas = {1e-3, 1e-2, 0.1, 1, 10, 100, 1e3};

struct Options {
  std::string folder = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/latency";
  uint64_t seed = 1;
  int64_t repeats = 3;
  bool json = false;
};

Options read_options(const std::vector<std::string>& args) {
  Options out;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool value_next = i + 1 < args.size();
    if (args[i] == "--json") {
      out.json = true;
    } else if (args[i] == "--seed" && value_next) {
      out.seed = std::stoull(args[++i]);
    } else if (args[i] == "--repeats" && value_next) {
      out.repeats = std::max(1LL, std::stoll(args[++i]));
    } else if (args[i].starts_with("--")) {
      throw ConfigError(str("unknown flag '", args[i],
                            "'; bench_latency_prediction [FOLDER] [--seed N] [--repeats N] "
                            "[--json]"));
    } else {
      out.folder = args[i];
    }
  }
  return out;
}

std::unique_ptr<SearchSpace> shipped(const std::string& name) {
  const ConfigNode config =
      ConfigNode::load(str(TAILOR_SOURCE_DIR, "/configs/spaces/", name, ".yaml"));
  return make_space(config.child("space"));
}

void scale_columns(std::vector<double>& rows, size_t columns) {
  const ColumnScale scale = ColumnScale::of(rows, columns);
  for (size_t at = 0; at < rows.size(); at += columns) {
    scale.apply(std::span(rows).subspan(at, columns));
  }
}

/// The baseline's features: one-hot of each pair of axes of one slot (kernel and expansion), of all
/// other choices, MACs and depth (blocks), each with mean 0 and deviation 1 over the archive.
std::vector<double> baseline_rows(const SearchSpace& space, const std::vector<Arch>& archs,
                                  size_t& columns) {
  std::vector<std::vector<double>> rows;
  for (const Arch& arch : archs) {
    std::vector<double> row;
    for (size_t a = 0; a < space.axes().size(); ++a) {
      const Axis& axis = space.axes()[a];
      const int pair = axis.group == "ks" ? space.axis_index("e", axis.slot) : -1;
      if (axis.group == "e") continue;
      const size_t width = pair < 0 ? 1 : space.axes()[static_cast<size_t>(pair)].names.size();
      const size_t begin = row.size();
      row.resize(begin + width * axis.names.size(), 0);
      if (!arch.active(a)) continue;
      const auto other =
          pair < 0 ? size_t{0} : static_cast<size_t>(arch[static_cast<size_t>(pair)]);
      row[begin + static_cast<size_t>(arch[a]) * width + other] = 1;
    }
    const NetworkSpec network = space.lower(arch);
    double macs = 0;
    for (const BlockUse& use : network.blocks) macs += static_cast<double>(use.block->macs);
    row.push_back(macs);
    row.push_back(static_cast<double>(network.blocks.size()));
    rows.push_back(std::move(row));
  }
  columns = rows[0].size();
  std::vector<double> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  scale_columns(flat, columns);
  return flat;
}

/// Rows of a table by index.
template <class T>
std::vector<T> pick(const std::vector<T>& from, const std::vector<size_t>& rows) {
  std::vector<T> out;
  for (size_t row : rows) out.push_back(from[row]);
  return out;
}

struct Baseline {
  size_t columns = 0;
  std::vector<double> rows;

  Baseline(const SearchSpace& space, const std::vector<Arch>& archs)
      : rows(baseline_rows(space, archs, columns)) {}
  Baseline(std::vector<double> features, size_t width) : columns(width), rows(std::move(features)) {
    scale_columns(rows, columns);
  }

  std::vector<double> predict(const std::vector<size_t>& train, const std::vector<double>& y,
                              const std::vector<size_t>& test) const {
    std::vector<double> x;
    for (size_t row : train) {
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(row * columns);
      x.insert(x.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
    }
    const LinearModel model = fit_ridge(x, y, std::vector<double>(columns, 1), kLambdas);
    std::vector<double> out;
    for (size_t row : test) out.push_back(model(std::span(rows).subspan(row * columns, columns)));
    return out;
  }
};

std::vector<double> values_of(const Estimator& estimator, const std::vector<Arch>& archs) {
  std::vector<Estimate> scores(archs.size());
  estimator.estimate(archs, scores);
  std::vector<double> out;
  for (const Estimate& score : scores) out.push_back(score.value);
  return out;
}

struct Split {
  std::vector<size_t> train, test;
};

Split random_split(size_t rows, size_t train, Rng rng) {
  const std::vector<int64_t> order = rng.permutation(static_cast<int64_t>(rows));
  const auto cut = order.begin() + static_cast<std::ptrdiff_t>(std::min(train, rows / 2));
  return {{order.begin(), cut}, {cut, order.end()}};
}

nlohmann::json regression(const std::string& device, size_t train, const SearchSpace& space,
                          const LatencyArchive& archive, const Baseline& baseline,
                          const Options& options) {
  const std::vector<double>& ms = archive.latency_ms[archive.device(device)];
  double mape = 0, rank = 0, baseline_mape = 0, baseline_rank = 0, uncertainty = 0;
  const auto share = 1 / static_cast<double>(options.repeats);
  for (int64_t r = 0; r < options.repeats; ++r) {
    const Rng rng = Rng(options.seed).fork(device, {static_cast<int64_t>(train), r});
    const Split split = random_split(archive.archs.size(), train, rng.fork("split"));
    LatencyRegressor regressor(space);
    regressor.fit(pick(archive.archs, split.train), pick(ms, split.train), rng.fork("fit"));
    const std::vector<double> truth = pick(ms, split.test);
    const Quality own = quality(values_of(regressor, pick(archive.archs, split.test)), truth);
    const Quality plain =
        quality(baseline.predict(split.train, pick(ms, split.train), split.test), truth);
    mape += 100 * own.mape * share;
    rank += own.spearman * share;
    baseline_mape += 100 * plain.mape * share;
    baseline_rank += plain.spearman * share;
    Estimate one;
    regressor.estimate({&archive.archs[split.test[0]], 1}, {&one, 1});
    uncertainty += one.uncertainty * share;
  }
  return {{"device", device},
          {"train", train},
          {"mape_percent", mape},
          {"spearman", rank},
          {"uncertainty_ms", uncertainty},
          {"baseline_mape_percent", baseline_mape},
          {"baseline_spearman", baseline_rank}};
}

/// What the other devices took for each arch, as a baseline's features.
Baseline source_rows(const LatencyArchive& archive, const std::string& left_out) {
  const size_t columns = archive.devices.size() - 1;
  std::vector<double> rows;
  for (size_t i = 0; i < archive.archs.size(); ++i) {
    for (size_t d = 0; d < archive.devices.size(); ++d) {
      if (archive.devices[d] != left_out) rows.push_back(archive.latency_ms[d][i]);
    }
  }
  return Baseline(std::move(rows), columns);
}

nlohmann::json transfer(const std::string& device, const SearchSpace& space,
                        const LatencyArchive& archive, const Options& options) {
  const std::vector<double>& ms = archive.latency_ms[archive.device(device)];
  const Baseline baseline = source_rows(archive, device);
  double rank = 0, mape = 0, baseline_rank = 0, expected = 0, more = 0;
  const auto share = 1 / static_cast<double>(options.repeats);
  for (int64_t r = 0; r < options.repeats; ++r) {
    const Rng rng = Rng(options.seed).fork("transfer " + device, {r});
    LatencyTransfer estimator(space);
    estimator.learn_sources(archive, device, rng);
    const std::vector<Arch> samples = estimator.choose_samples(kSamples);
    Split split;
    for (size_t i = 0; i < archive.archs.size(); ++i) {
      const bool taken =
          std::find(samples.begin(), samples.end(), archive.archs[i]) != samples.end();
      (taken ? split.train : split.test).push_back(i);
    }
    estimator.fit(pick(archive.archs, split.train), pick(ms, split.train), rng);
    const std::vector<double> truth = pick(ms, split.test);
    const Quality own = quality(values_of(estimator, pick(archive.archs, split.test)), truth);
    rank += own.spearman * share;
    mape += 100 * own.mape * share;
    baseline_rank +=
        spearman(baseline.predict(split.train, pick(ms, split.train), split.test), truth) * share;
    const SampleAdvice advice = estimator.advise(0.02, 30);
    expected += 100 * advice.error_now * share;
    more += static_cast<double>(advice.archs.size()) * share;
  }
  return {{"device", device},
          {"samples", kSamples},
          {"spearman", rank},
          {"mape_percent", mape},
          {"expected_error_percent", expected},
          {"more_for_2_percent", more},
          {"baseline_spearman", baseline_rank}};
}

LatencyArchive load(const SearchSpace& space, const ArchiveFormat& format,
                    const std::string& path) {
  if (!std::filesystem::exists(path)) {
    throw IoError(str(path,
                      " is not there; name the folder that holds it (files of "
                      "github.com/HayeonLee/HELP as CSV, a column a device, names ending in _ms)"));
  }
  return read_latency_archive(space, format, path);
}

void print_regression(const nlohmann::json& row) {
  std::cout << std::left << std::setw(16) << row["device"].get<std::string>() << std::right
            << std::setw(5) << row["train"].get<int>() << std::setprecision(2) << std::setw(9)
            << row["mape_percent"].get<double>() << std::setprecision(4) << std::setw(10)
            << row["spearman"].get<double>() << std::setprecision(2) << std::setw(15)
            << row["baseline_mape_percent"].get<double>() << std::setprecision(4) << std::setw(15)
            << row["baseline_spearman"].get<double>() << std::endl;
}

void print_transfer(const nlohmann::json& row) {
  std::cout << std::left << std::setw(16) << row["device"].get<std::string>() << std::right
            << std::setprecision(4) << std::setw(10) << row["spearman"].get<double>()
            << std::setprecision(2) << std::setw(9) << row["mape_percent"].get<double>()
            << std::setw(11) << row["expected_error_percent"].get<double>() << std::setprecision(4)
            << std::setw(28) << row["baseline_spearman"].get<double>() << std::endl;
}

void run_regressions(const Options& options, nlohmann::json& out) {
  const auto space = shipped("ofa_mobilenet_v3_w1.0");
  const LatencyArchive archive =
      load(*space, help_ofa_format(), options.folder + "/ofa_gpu_latency.csv");
  const Baseline baseline(*space, archive.archs);
  if (!options.json)
    std::cout << "device              N   MAPE %  Spearman  ridge: MAPE %       Spearman\n";
  for (const std::string& device : archive.devices) {
    for (size_t train : kTrainSizes) {
      out["regression"].push_back(regression(device, train, *space, archive, baseline, options));
      if (!options.json) print_regression(out["regression"].back());
    }
  }
}

void run_transfers(const Options& options, nlohmann::json& out) {
  const auto space = shipped("fbnet_cifar");
  const LatencyArchive archive =
      load(*space, help_fbnet_format(), options.folder + "/fbnet_latency.csv");
  if (!options.json)
    std::cout << "\n10 samples        Spearman   MAPE %  expected %  ridge on sources: Spearman\n";
  double sum = 0;
  for (const std::string& device : archive.devices) {
    out["transfer"].push_back(transfer(device, *space, archive, options));
    sum += out["transfer"].back()["spearman"].get<double>();
    if (!options.json) print_transfer(out["transfer"].back());
  }
  out["transfer_mean_spearman"] = sum / static_cast<double>(archive.devices.size());
  if (!options.json) {
    std::cout << "mean              " << std::setprecision(4)
              << out["transfer_mean_spearman"].get<double>() << "\n";
  }
}

int run(const std::vector<std::string>& args) {
  const Options options = read_options(args);
  nlohmann::json out = {{"seed", options.seed}, {"repeats", options.repeats}};
  std::cout << std::fixed;
  run_regressions(options, out);
  run_transfers(options, out);
  if (options.json) std::cout << out.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace tailor::predict

int main(int argc, char** argv) {
  try {
    return tailor::predict::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "bench_latency_prediction: " << error.what() << "\n";
    return 1;
  }
}
