// The report of one run: a struct of plain figures in, one self-contained HTML page out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/file.h"

namespace tailor::report {

/// A network with what is known of it. Accuracies are fractions; absent means not known, never 0.
struct Network {
  std::string arch;
  std::optional<double> predicted_accuracy, accuracy;      ///< validation / test, recalibrated
  std::optional<double> predicted_latency_ms, latency_ms;  ///< latency_ms: measured
  std::optional<double> macs, params;
  std::string note = {};  ///< "winner", "over the limit, skipped", ...
};

/// An evaluated subnet, and what the predictor says of it when it was fitted without it.
struct Subnet {
  std::string arch;
  double accuracy = 0;  ///< validation, fraction
  std::optional<double> predicted = {};
};

/// One entry of the latency table.
struct LatencyEntry {
  std::string block;    ///< position: "stage2.block1"
  std::string options;  ///< choice: "ks=5 e=4"
  double median_ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval, relative; 0 when unknown
};

/// One network measured in the search's loop with the device.
struct LoopRow {
  int64_t round = 0;  ///< the search it came from; 0: measured with the profile
  std::string arch;
  double predicted_ms = 0;
  double measured_ms = 0;
  double spread = 0;  ///< half the 95 % confidence interval, relative
  std::string note = {};
};

/// One block of the winner, in execution order.
struct Block {
  std::string name;
  std::string summary;       ///< "conv 5x5, expand 4, squeeze-excite"
  std::string output_shape;  ///< "[1, 24, 14, 14]"
  int64_t macs = 0;
  int64_t params = 0;
  std::optional<double> latency_ms = {};
};

/// Probabilities of one slot's options, epoch by epoch, in a search by gradient.
struct SlotHistory {
  std::string name;
  std::vector<std::string> options;
  std::vector<std::vector<double>> probabilities;  ///< [epoch][option]
};

/// Names and values, in the order in which they are shown.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Everything on the page. What a run does not have yet stays empty, and the page says so.
struct ReportData {
  std::string title;
  Fields facts;  ///< one line under the title: space, device, strategy, seed
  std::optional<Network> winner, largest;
  std::optional<double> limit_ms;
  std::vector<Network> front;      ///< predicted values only
  std::vector<Network> finalists;  ///< in the order in which they were measured
  Csv history;                     ///< training: epoch, phase, lr, *loss*, *accuracy* columns
  Csv search_history;              ///< evaluations, best, mean of every generation
  std::vector<Subnet> subnets;
  std::vector<SlotHistory> slots;  ///< empty: no search by gradient
  Fields quality;                  ///< of the predictors: accuracy.kendall_tau, latency.mape, ...
  Fields latency_header;           ///< of the latency table: device, runtime, threads, ...
  std::vector<LatencyEntry> latency;
  /// Axis groups and the share of the latency's spread that each explains, the largest first.
  std::vector<std::pair<std::string, double>> axis_shares;
  std::vector<LoopRow> loop;
  std::vector<Block> blocks;
  std::vector<std::pair<std::string, double>> stage_seconds;
  std::vector<std::string> commands;
  Fields versions;
  std::string config_text;
  std::vector<std::string> notes;
  std::string chart_js = kDefaultChartJs;  ///< path of Chart.js; absent: the page says so

  static constexpr const char* kDefaultChartJs = "/usr/share/javascript/chart.js/chart.min.js";
};

/// The page. Every text is escaped; nothing is loaded when it is opened. Reads only data.chart_js.
std::string report_html(const ReportData& data);

}  // namespace tailor::report
