#include "tests/unit/tools/report_sample.h"

#include <cmath>

#include "core/rng.h"
#include "core/str.h"

namespace tailor::report {
namespace {

std::string arch_of(Rng& rng) {
  std::string ks, e;
  for (int i = 0; i < 10; ++i) {
    ks += str(i ? "," : "", 3 + 2 * rng.below(3));
    e += str(i ? "," : "", std::vector<int>{2, 3, 4, 6}[static_cast<size_t>(rng.below(4))]);
  }
  return str("ks=", ks, " e=", e, " d=", 1 + rng.below(2), ",", 1 + rng.below(2), ",2 r=28");
}

double accuracy_at(double latency_ms) { return 0.925 - 0.045 * std::exp(-1.4 * latency_ms); }

void add_history(ReportData& data) {
  data.history.header = {
      "epoch", "phase", "lr", "train_loss", "accuracy_largest", "accuracy_smallest"};
  const char* phases[] = {"largest", "kernels", "depth", "expansion"};
  for (int epoch = 1; epoch <= 24; ++epoch) {
    const int phase = (epoch - 1) / 6;
    const double t = (epoch - 1) % 6 / 6.0;
    data.history.rows.push_back(
        {str(epoch), phases[phase], number(0.08 * (0.5 + 0.5 * std::cos(3.14 * t))),
         number(0.45 + 1.2 * std::exp(-epoch / 3.0) + 0.04 * phase),
         number(0.92 - 0.2 * std::exp(-epoch / 3.0)),
         phase < 1 ? "" : number(0.9 - 0.25 * std::exp(-(epoch - 6) / 4.0))});
  }
}

void add_search(ReportData& data) {
  data.search_history.header = {"generation", "evaluations", "best",
                                "mean",       "scored",      "infeasible"};
  for (int g = 0; g <= 20; ++g) {
    const double best = 0.92 - 0.02 * std::exp(-std::min(g, 12) / 4.0);
    data.search_history.rows.push_back(
        {str(g), str(1 + 100 * g), number(best), number(best - 0.01), "100", "0"});
  }
}

void add_networks(ReportData& data, Rng& rng) {
  for (int i = 0; i < 120; ++i) {
    const double truth = accuracy_at(0.3 + 2.6 * rng.uniform()) + 0.002 * rng.normal();
    data.subnets.push_back({arch_of(rng), truth, truth + 0.0018 * rng.normal()});
  }
  for (int i = 0; i < 22; ++i) {
    const double ms = 0.42 + 0.09 * i + 0.03 * rng.uniform();
    Network network{arch_of(rng), accuracy_at(ms), {}, ms, {}, {}, {}};
    data.front.push_back(network);
    if (i < 8) continue;
    if (i > 17) continue;
    network.latency_ms = ms * (1 + 0.03 * rng.normal());
    network.accuracy = *network.predicted_accuracy - 0.004 + 0.0012 * rng.normal();
    network.note = *network.latency_ms > 1.8 ? "over the limit, skipped" : "";
    data.finalists.insert(data.finalists.begin(), network);
  }
  for (Network& network : data.finalists) {
    if (!network.note.empty()) continue;
    network.note = "winner";
    network.macs = 12.3e6;
    network.params = 142'310;
    data.winner = network;
    break;
  }
  data.largest = Network{arch_of(rng), 0.926, 0.9215, 3.3, 3.41, 41e6, 410e3, "largest"};
}

void add_latency(ReportData& data, Rng& rng) {
  for (int stage = 1; stage <= 3; ++stage) {
    for (int block = 1; block <= 4; ++block) {
      for (int ks : {3, 5, 7}) {
        for (int e : {2, 3, 4, 6}) {
          if (block > 2 && ks == 7) continue;
          data.latency.push_back(
              {str("stage", stage, ".block", block), str("ks=", ks, " e=", e),
               0.02 * e * (1 + 0.04 * ks * ks) * (1.3 - 0.25 * stage) * (1 + 0.05 * rng.uniform()),
               0.012});
        }
      }
    }
  }
  data.latency_header = {{"device.device", "Some CPU @ 2.50GHz"},
                         {"device.runtime", "cpu_torch"},
                         {"device.precision", "f32"},
                         {"device.batch", "1"},
                         {"device.threads", "1"},
                         {"unit", "ms"}};
}

void add_loop(ReportData& data, Rng& rng) {
  data.axis_shares = {{"r", 0.62}, {"e", 0.21}, {"d", 0.11}, {"ks", 0.06}};
  for (int i = 0; i < 26; ++i) {
    const int64_t round = i < 12 ? 0 : 1 + (i - 12) / 7;
    const double predicted = round == 0 ? 0.4 + 0.2 * i : 1.55 + 0.03 * rng.uniform();
    const double drift = round == 1 ? 1.06 : 1.01;
    data.loop.push_back({round, arch_of(rng), predicted, predicted * (drift + 0.015 * rng.normal()),
                         0.02, i == 25 ? "winner" : ""});
  }
}

void add_blocks(ReportData& data) {
  data.blocks.push_back(
      {"stem", "conv 3×3 stride 2, batch norm, relu", "[1, 16, 14, 14]", 28'224, 176, 0.061});
  int64_t size = 14, width = 16;
  for (int stage = 1; stage <= 3; ++stage) {
    for (int block = 1; block <= 2 + stage % 2; ++block) {
      if (block == 1 && stage > 1) size = (size + 1) / 2;
      if (block == 1) width = 16 * stage;
      data.blocks.push_back({str("stage", stage, ".block", block),
                             str("mb conv 5×5, expand 4", stage > 1 ? ", squeeze-excite" : "",
                                 block == 1 ? "" : ", residual"),
                             str("[1, ", width, ", ", size, ", ", size, "]"),
                             width * width * 8 * size * size, width * width * 9,
                             0.09 + 0.04 * stage});
    }
  }
  data.blocks.push_back(
      {"head", "conv 1×1, global average pool, linear", "[1, 10]", 62'000, 9'610, 0.034});
}

}  // namespace

ReportData sample_report() {
  ReportData data;
  Rng rng(7);
  data.title = "tailor: quickstart";
  data.facts = {{"space", "fashion_mobile"},
                {"device", "this CPU, cpu_torch, 1 thread"},
                {"strategy", "evolution"},
                {"seed", "1"},
                {"evaluations", "4000"}};
  data.limit_ms = 1.8;
  add_history(data);
  add_search(data);
  add_networks(data, rng);
  add_latency(data, rng);
  add_loop(data, rng);
  add_blocks(data);
  data.quality = {{"accuracy.kind", "ridge"},
                  {"accuracy.kendall_tau", "0.84"},
                  {"accuracy.kendall_tau_top", "0.71"},
                  {"accuracy.rmse", "0.0018"},
                  {"latency.mape", "0.031"},
                  {"latency.within_10pct", "1"}};
  data.stage_seconds = {{"train", 161.2}, {"evaluate", 31.7},  {"profile", 22.4}, {"fit", 1.1},
                        {"search", 0.9},  {"finalists", 18.2}, {"export", 2.3}};
  data.commands = {"tailor run --config configs/quickstart.yaml --run-dir runs/quickstart"};
  data.versions = {
      {"tailor", "0.1.0"},           {"libtorch", "2.11.0"}, {"compiler", "GCC 12.2.0"},
      {"cpu", "Some CPU @ 2.50GHz"}, {"cores", "2"},         {"seed", "1"}};
  data.config_text = "space:\n  family: mobilenet\nsearch:\n  limits: {latency_ms: 1.8}\n";
  data.notes = {"2 finalists were over the limit when measured and were skipped."};
  return data;
}

}  // namespace tailor::report
