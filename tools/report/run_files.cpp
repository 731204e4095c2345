#include "tools/report/run_files.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/str.h"
#include "tools/report/report_data.h"

namespace tailor::report {
namespace {

/// Rows of a CSV by column name; a column that is not there reads as "" or nothing.
class Columns {
 public:
  explicit Columns(const std::string& path) : csv_(Csv::load(path)) {}

  size_t rows() const { return csv_.rows.size(); }
  const std::vector<std::string>& names() const { return csv_.header; }
  const Csv& csv() const { return csv_; }

  std::string text(size_t row, const std::string& name) const {
    const auto found = std::find(csv_.header.begin(), csv_.header.end(), name);
    if (found == csv_.header.end()) return "";
    return csv_.rows[row][static_cast<size_t>(found - csv_.header.begin())];
  }

  std::optional<double> number(size_t row, const std::string& name) const {
    double value = 0;
    if (!parse_number(text(row, name), value)) return std::nullopt;
    return value;
  }

  /// The "arch" column, or the columns that are no figures as "ks=5,3 e=4".
  std::string arch(size_t row) const {
    if (std::string whole = text(row, "arch"); !whole.empty()) return whole;
    static const std::vector<std::string> kFigures = {"accuracy", "loss",   "predicted", "index",
                                                      "seconds",  "images", "macs",      "params"};
    std::vector<std::string> parts;
    for (const std::string& name : csv_.header) {
      if (std::find(kFigures.begin(), kFigures.end(), name) == kFigures.end()) {
        parts.push_back(str(name, "=", text(row, name)));
      }
    }
    return join(parts, " ");
  }

 private:
  Csv csv_;
};

std::string text_of(const ConfigNode& node, const std::string& key) {
  std::string text;
  if (node.is_scalar(key)) node.read(key, text, {});
  return text;
}

void add_fact(ReportData& data, const ConfigNode& node, const std::string& key) {
  const std::string text = text_of(node, key);
  if (!text.empty()) data.facts.emplace_back(key, text);
}

/// The limit of a search: `constraints: [{metric: latency_ms, limit: 2}]`, the same as a map by
/// metric, or `{latency_ms: 2}`.
std::optional<double> latency_limit(const ConfigNode& result) {
  if (!result.has("constraints")) return std::nullopt;
  try {
    const ConfigNode by_metric = result.child("constraints");
    if (by_metric.is_scalar("latency_ms")) return number_of(by_metric, "latency_ms");
    return number_of(by_metric.child("latency_ms"), "limit");
  } catch (const ConfigError&) {  // not a map: a list
    for (const ConfigNode& one : result.children("constraints")) {
      if (text_of(one, "metric") == "latency_ms") return number_of(one, "limit");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> number_of(const ConfigNode& node, const std::string& key) {
  double value = 0;
  if (!parse_number(text_of(node, key), value)) return std::nullopt;
  return value;
}

Fields flat_fields(const ConfigNode& node, const std::string& prefix, size_t most) {
  Fields out;
  for (const std::string& key : node.keys()) {
    if (out.size() >= most) break;
    if (node.is_scalar(key)) {
      out.emplace_back(prefix + key, text_of(node, key));
      continue;
    }
    try {
      const Fields below = flat_fields(node.child(key), prefix + key + ".", most - out.size());
      out.insert(out.end(), below.begin(), below.end());
    } catch (const ConfigError&) {
      continue;  // a list: no single figure to show
    }
  }
  return out;
}

void read_history(const std::string& path, ReportData& data) { data.history = Csv::load(path); }

void read_search_history(const std::string& path, ReportData& data) {
  data.search_history = Csv::load(path);
}

void read_subnets(const std::string& path, ReportData& data) {
  const Columns columns(path);
  data.subnets.clear();
  for (size_t row = 0; row < columns.rows(); ++row) {
    const std::optional<double> accuracy = columns.number(row, "accuracy");
    if (!accuracy) continue;
    data.subnets.push_back({columns.arch(row), *accuracy, columns.number(row, "predicted")});
  }
}

void read_slots(const std::string& path, ReportData& data) {
  const Columns columns(path);
  std::map<std::string, size_t> index;
  for (size_t row = 0; row < columns.rows(); ++row) {
    const std::optional<double> probability = columns.number(row, "probability");
    if (!probability) continue;
    const std::string name = columns.text(row, "slot"), option = columns.text(row, "option");
    const auto [found, fresh] = index.try_emplace(name, data.slots.size());
    if (fresh) data.slots.push_back({name, {}, {}});
    SlotHistory& slot = data.slots[found->second];
    const auto at = std::find(slot.options.begin(), slot.options.end(), option);
    const auto o = static_cast<size_t>(at - slot.options.begin());
    if (at == slot.options.end()) slot.options.push_back(option);
    if (o == 0) slot.probabilities.emplace_back();  // options come in one order in every epoch
    slot.probabilities.back().resize(std::max(slot.probabilities.back().size(), o + 1));
    slot.probabilities.back()[o] = *probability;
  }
  for (SlotHistory& slot : data.slots) {
    for (auto& epoch : slot.probabilities) epoch.resize(slot.options.size());
  }
}

void read_quality(const std::string& path, ReportData& data) {
  static const std::string kShares = "latency.depends_on.";
  data.quality.clear();
  for (auto [name, text] : flat_fields(ConfigNode::load(path))) {
    double value = 0;
    const bool fraction = text.find('.') != std::string::npos && parse_number(text, value);
    if (name.rfind(kShares, 0) == 0 && parse_number(text, value)) {
      data.axis_shares.emplace_back(name.substr(kShares.size()), value);
      continue;
    }
    data.quality.emplace_back(name, fraction ? str(std::round(value * 1e4) / 1e4) : text);
  }
  std::stable_sort(data.axis_shares.begin(), data.axis_shares.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

void read_latency_table(const std::string& path, ReportData& data) {
  const ConfigNode file = ConfigNode::load(path);
  data.latency_header = flat_fields(file);
  for (const ConfigNode& node : file.children("entries")) {
    const std::optional<double> median_ms = number_of(node, "median_ms");
    if (!median_ms) continue;
    std::string options = text_of(node, "options");
    if (options.empty()) options = key_summary(text_of(node, "key"));
    data.latency.push_back(
        {text_of(node, "label"), options, *median_ms, number_of(node, "spread").value_or(0)});
  }
}

void read_search_result(const std::string& path, ReportData& data) {
  const ConfigNode file = ConfigNode::load(path);
  for (const char* key : {"space", "strategy", "seed", "evaluations"}) add_fact(data, file, key);
  data.limit_ms = latency_limit(file);
  if (!file.has("best")) return;
  const ConfigNode best = file.child("best");
  Network winner;
  winner.arch = text_of(best, "arch");
  winner.predicted_accuracy = number_of(best, "accuracy");
  winner.predicted_latency_ms = number_of(best, "latency_ms");
  winner.macs = number_of(best, "macs");
  winner.params = number_of(best, "params");
  data.winner = winner;
}

void read_front(const std::string& path, ReportData& data) {
  const Columns columns(path);
  for (size_t row = 0; row < columns.rows(); ++row) {
    Network network;
    network.arch = columns.arch(row);
    network.predicted_accuracy = columns.number(row, "accuracy");
    network.predicted_latency_ms = columns.number(row, "latency_ms");
    data.front.push_back(network);
  }
}

void read_measured(const std::string& path, ReportData& data) {
  const Columns columns(path);
  for (size_t row = 0; row < columns.rows(); ++row) {
    const std::optional<double> round = columns.number(row, "round"),
                                predicted = columns.number(row, "predicted_ms"),
                                measured = columns.number(row, "measured_ms");
    if (!round || !predicted || !measured || *predicted <= 0) continue;
    const LoopRow& added = data.loop.emplace_back(
        LoopRow{static_cast<int64_t>(*round), columns.arch(row), *predicted, *measured,
                columns.number(row, "spread").value_or(0), columns.text(row, "note")});
    if (added.note != "winner" || !data.winner || data.winner->latency_ms) continue;
    data.winner->latency_ms = data.winner->predicted_latency_ms;
    data.winner->predicted_latency_ms = added.predicted_ms;
  }
}

void read_finalists(const std::string& path, ReportData& data) {
  const Columns columns(path);
  for (size_t row = 0; row < columns.rows(); ++row) {
    Network network;
    network.arch = columns.arch(row);
    network.predicted_accuracy = columns.number(row, "predicted_accuracy");
    network.accuracy = columns.number(row, "accuracy");
    network.predicted_latency_ms = columns.number(row, "predicted_latency_ms");
    network.latency_ms = columns.number(row, "latency_ms");
    network.macs = columns.number(row, "macs");
    network.params = columns.number(row, "params");
    network.note = columns.text(row, "note");
    if (network.note.rfind("largest", 0) == 0) {
      data.largest = network;
      continue;
    }
    if (network.note.rfind("winner", 0) == 0) {
      const bool same = data.winner && data.winner->arch == network.arch;
      if (same && !network.macs) network.macs = data.winner->macs;
      if (same && !network.params) network.params = data.winner->params;
      data.winner = network;
    }
    data.finalists.push_back(network);
  }
}

void read_environment(const std::string& path, ReportData& data) {
  const ConfigNode file = ConfigNode::load(path);
  data.versions = flat_fields(file);
  if (const std::string command = text_of(file, "command"); !command.empty()) {
    data.commands.push_back(command);
  }
}

void read_config(const std::string& path, ReportData& data) {
  data.config_text = read_file(path, 1 << 20);
}

void read_stages(const std::string& path, ReportData& data) {
  static const std::vector<std::string> kOrder = {"train",  "evaluate",  "profile", "fit",
                                                  "search", "finalists", "export",  "report"};
  ConfigNode file = ConfigNode::load(path);
  if (file.has("stages")) file = file.child("stages");
  const auto place = [](const std::string& name) {
    return std::find(kOrder.begin(), kOrder.end(), name) - kOrder.begin();
  };
  std::vector<std::string> names = file.keys();
  std::stable_sort(names.begin(), names.end(),
                   [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
  for (const std::string& name : names) {
    if (file.is_scalar(name)) continue;
    const std::optional<double> seconds = number_of(file.child(name), "seconds");
    if (seconds && *seconds >= 0) data.stage_seconds.emplace_back(name, *seconds);
  }
}

}  // namespace tailor::report
