// Result files as YAML and CSV.
#include "search/result_io.h"

#include <cmath>
#include <filesystem>

#include "core/config_node.h"
#include "core/error.h"
#include "core/file.h"
#include "core/yaml_text.h"

namespace tailor::search {
namespace {

constexpr int64_t kVersion = 1;

/// "latency_ms.note10" -> {"latency_ms", "note10"}.
std::pair<std::string, std::string> split_column(const std::string& column) {
  const size_t dot = column.find('.');
  if (dot == std::string::npos) return {column, ""};
  return {column.substr(0, dot), column.substr(dot + 1)};
}

/// Values by metric; those of several devices as a map below their metric.
std::string values_yaml(const std::vector<std::string>& metrics,
                        const std::vector<double>& values) {
  std::string out, open;
  for (size_t k = 0; k < metrics.size(); ++k) {
    const auto [metric, device] = split_column(metrics[k]);
    if (device.empty()) {
      out += str("  ", metric, ": ", number(values[k]), "\n");
      continue;
    }
    if (open == metric) continue;  // written with its first device
    open = metric;
    out += str("  ", metric, ":\n");
    for (size_t j = k; j < metrics.size(); ++j) {
      const auto [other, name] = split_column(metrics[j]);
      if (other == metric) out += str("    ", yaml_quoted(name), ": ", number(values[j]), "\n");
    }
  }
  return out;
}

std::string result_yaml(const SearchResult& r, const SearchSpace& space) {
  std::string out = str("format_version: ", kVersion, "\nspace: ", yaml_quoted(r.space),
                        "\nstrategy: ", yaml_quoted(r.strategy), "\nseed: ", r.seed,
                        "\nevaluations: ", r.evaluations,
                        "\nbest:\n  arch: ", yaml_quoted(space.print(r.best.arch)), "\n",
                        values_yaml(r.metrics, r.best.values));
  if (r.upper_bound) out += str("upper_bound: ", number(*r.upper_bound), "\n");
  if (r.gap) out += str("gap: ", number(*r.gap), "\n");
  out += r.constraints.empty() ? "constraints: []\n" : "constraints:\n";
  for (const LimitResult& c : r.constraints) {
    out += str("  - metric: ", yaml_quoted(c.limit.metric), "\n");
    if (!c.limit.device.empty()) out += str("    device: ", yaml_quoted(c.limit.device), "\n");
    out += str("    limit: ", number(c.limit.limit), "\n    value: ", number(c.value),
               "\n    satisfied: ", c.satisfied ? "true" : "false", "\n");
  }
  return out;
}

/// A table of archs: `first`, "arch" and the metrics, without rows.
Csv arch_table(std::vector<std::string> first, const SearchResult& result) {
  Csv csv;
  csv.header = std::move(first);
  csv.header.push_back("arch");
  csv.header.insert(csv.header.end(), result.metrics.begin(), result.metrics.end());
  return csv;
}

void add_row(Csv& csv, std::vector<std::string> first, const Scored& scored,
             const SearchSpace& space) {
  std::vector<std::string>& row = csv.rows.emplace_back(std::move(first));
  row.push_back(space.print(scored.arch));
  for (double value : scored.values) row.push_back(number(value));
}

std::string front_csv(const SearchResult& result, const SearchSpace& space) {
  Csv csv = arch_table({}, result);
  for (const Scored& scored : result.front) add_row(csv, {}, scored, space);
  return csv.text();
}

std::string sweep_csv(const SearchResult& result, const SearchSpace& space) {
  Csv csv = arch_table({"limit"}, result);
  for (const LimitBest& each : result.by_limit) {
    add_row(csv, {number(each.limit.limit)}, each.best, space);
  }
  return csv.text();
}

std::string history_csv(const SearchResult& result) {
  Csv csv;
  csv.header = {"generation", "evaluations", "best", "mean", "scored", "infeasible"};
  for (const HistoryRow& row : result.history) {
    csv.rows.push_back({str(row.generation), str(row.evaluations), number(row.best),
                        std::isnan(row.mean) ? "" : number(row.mean), str(row.scored),
                        str(row.infeasible)});
  }
  return csv.text();
}

std::string timing_yaml(const SearchResult& r) {
  const double rate = r.seconds > 0 ? static_cast<double>(r.evaluations) / r.seconds : 0;
  return str("format_version: ", kVersion, "\nseconds: ", number(r.seconds),
             "\nevaluations_per_second: ", number(rate), "\nthreads: ", r.threads, "\n");
}

ConfigNode open(const std::string& path) {
  ConfigNode file = ConfigNode::load(path);
  int64_t version = 0;
  file.read("format_version", version, {.required = true});
  if (version != kVersion) {
    file.fail("format_version", str("must be ", kVersion, ", got ", version));
  }
  return file;
}

std::optional<double> read_optional(const ConfigNode& node, const std::string& key) {
  if (!node.has(key)) return std::nullopt;
  double value = 0;
  node.read(key, value, {});
  return value;
}

StoredArch read_best(const ConfigNode& node) {
  StoredArch out;
  node.read("arch", out.arch, {.required = true});
  for (const std::string& key : node.keys()) {
    if (key == "arch") continue;
    if (node.is_scalar(key)) {
      node.read(key, out.values[key], {});
      continue;
    }
    std::map<std::string, double> by_device;
    node.read(key, by_device, {});
    for (const auto& [device, value] : by_device) out.values[str(key, ".", device)] = value;
  }
  return out;
}

}  // namespace

std::vector<std::string> result_files(const SearchResult& result) {
  std::vector<std::string> out = {"result.yaml", "front.csv", "history.csv", "timing.yaml"};
  if (!result.by_limit.empty()) out.push_back("sweep.csv");
  return out;
}

void write_result(const SearchResult& result, const SearchSpace& space, const std::string& folder) {
  write_file(folder + "/front.csv", front_csv(result, space));
  write_file(folder + "/history.csv", history_csv(result));
  write_file(folder + "/timing.yaml", timing_yaml(result));
  std::filesystem::remove(folder + "/sweep.csv");  // of an earlier search
  if (!result.by_limit.empty()) write_file(folder + "/sweep.csv", sweep_csv(result, space));
  write_file(folder + "/result.yaml", result_yaml(result, space));  // last: the others are there
}

StoredResult read_result(const std::string& path) {
  const ConfigNode file = open(path);
  StoredResult out;
  file.read("space", out.space, {.required = true});
  file.read("strategy", out.strategy, {.required = true});
  file.read("seed", out.seed, {.required = true});
  file.read("evaluations", out.evaluations, {.min = 0, .required = true});
  out.best = read_best(file.child("best"));
  out.upper_bound = read_optional(file, "upper_bound");
  out.gap = read_optional(file, "gap");
  for (const ConfigNode& item : file.children("constraints")) {
    LimitResult& c = out.constraints.emplace_back();
    item.read("metric", c.limit.metric, {.required = true});
    item.read("device", c.limit.device, {});
    item.read("limit", c.limit.limit, {.min = 0, .required = true});
    item.read("value", c.value, {.required = true});
    item.read("satisfied", c.satisfied, {.required = true});
  }
  return out;
}

StoredTiming read_timing(const std::string& path) {
  const ConfigNode file = open(path);
  StoredTiming out;
  file.read("seconds", out.seconds, {.min = 0, .required = true});
  file.read("evaluations_per_second", out.evaluations_per_second, {.min = 0, .required = true});
  file.read("threads", out.threads, {.min = 1, .required = true});
  return out;
}

std::vector<StoredArch> read_front(const std::string& path) {
  const Csv csv = Csv::load(path);
  const size_t arch = csv.column("arch");
  std::vector<StoredArch> out;
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    StoredArch& item = out.emplace_back();
    item.arch = csv.rows[i][arch];
    for (size_t k = 0; k < csv.header.size(); ++k) {
      if (k == arch) continue;
      double& value = item.values[csv.header[k]];
      if (!parse_number(csv.rows[i][k], value)) {
        throw IoError(str(path, ":", i + 2, ": ", csv.header[k], " must be a number, got '",
                          csv.rows[i][k], "'"));
      }
    }
  }
  return out;
}

}  // namespace tailor::search
