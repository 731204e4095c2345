// Reading datasheets strictly.
#include "hardware_profiles/device_profile.h"

#include <algorithm>
#include <filesystem>

#include "core/config_node.h"
#include "core/error.h"
#include "core/file.h"

namespace tailor::hw {
namespace {

constexpr int64_t kMaxFileBytes = 1 << 20;
constexpr double kLeast = 1e-6, kMost = 1e9;  // of speeds and times, far outside any device
constexpr double kMostBytes = 1e15;

struct FigureRule {
  const char* name;
  double min, max;
  bool required;
  const char* doc;
};

constexpr const char* kPeak = "_gmacs_per_s";

constexpr FigureRule kFigures[] = {
    {"f32_gmacs_per_s", kLeast, kMost, true, "peak arithmetic, 10^9 multiply-accumulates/s"},
    {"f16_gmacs_per_s", kLeast, kMost, false, "the same in half precision"},
    {"bf16_gmacs_per_s", kLeast, kMost, false, "the same in bfloat16"},
    {"int8_gmacs_per_s", kLeast, kMost, false, "the same in 8-bit integers"},
    {"memory_gbytes_per_s", kLeast, kMost, true, "bandwidth of the memory, 10^9 bytes/s"},
    {"memory_bytes", 1, kMostBytes, false, "size of the memory"},
    {"cache_bytes", 1, kMostBytes, false, "size of the last-level cache"},
    {"cache_gbytes_per_s", kLeast, kMost, false, "bandwidth of the last-level cache"},
    {"cores", 1, 1e6, false, "cores of a CPU that its peaks are the sum of"},
    {"node_us", 0, kMost, true, "overhead of a node, microseconds"},
    {"network_us", 0, kMost, true, "overhead of a network, microseconds"},
};

Figure read_figure(const ConfigNode& figures, const FigureRule& rule) {
  const ConfigNode node = figures.child(rule.name, rule.doc);
  Figure out;
  node.read("value", out.value, {.min = rule.min, .max = rule.max, .required = true});
  node.read("source", out.source, {.required = true, .doc = "where the figure is printed"});
  if (out.source.empty()) node.fail("source", "must say where the figure comes from");
  node.finish();
  return out;
}

DeviceProfile read_profile(const ConfigNode& file) {
  int64_t version = 0;
  file.read("format_version", version, {.required = true, .doc = "of device profiles"});
  if (version != DeviceProfile::kFormatVersion) {
    file.fail("format_version",
              str("this build reads ", DeviceProfile::kFormatVersion, ", got ", version));
  }
  DeviceProfile out;
  file.read("device", out.device, {.required = true, .doc = "what it is, for people"});
  file.read("processor", out.processor, {.choices = {"cpu", "gpu"}, .required = true});
  const ConfigNode figures = file.child("figures");
  for (const FigureRule& rule : kFigures) {
    if (figures.has(rule.name)) {
      out.figures[rule.name] = read_figure(figures, rule);
    } else if (rule.required) {
      figures.fail("", str("has no ", rule.name, " (", rule.doc, ")"));
    } else {
      figures.child(rule.name, rule.doc);  // known, though absent
    }
  }
  if (out.processor == "cpu" && !out.figures.contains("cores")) {
    figures.fail("", "has no cores, which a cpu's peaks are the sum of");
  }
  figures.finish();
  file.finish();
  return out;
}

}  // namespace

DeviceProfile DeviceProfile::parse(const std::string& text, const std::string& file) {
  try {
    DeviceProfile out = read_profile(ConfigNode::parse(text, file));
    out.name = std::filesystem::path(file).stem().string();
    return out;
  } catch (const ConfigError& error) {
    throw IoError(error.what());
  }
}

DeviceProfile DeviceProfile::load(const std::string& path) {
  return parse(read_file(path, kMaxFileBytes), path);
}

double DeviceProfile::value(const std::string& figure, double otherwise) const {
  const auto found = figures.find(figure);
  return found == figures.end() ? otherwise : found->second.value;
}

Roofline DeviceProfile::roofline(Precision precision, int64_t threads) const {
  const auto peak = figures.find(precision_name(precision) + kPeak);
  if (peak == figures.end()) {
    std::vector<std::string> known;
    for (const auto& [key, figure] : figures) {
      if (key.ends_with(kPeak)) known.push_back(key.substr(0, key.find(kPeak)));
    }
    throw Error(str("device profile '", name, "' has no ", precision_name(precision), kPeak,
                    "; it has ", join(known, ", ")));
  }
  const double cores = value("cores");
  const double share =
      threads < 1 || cores < 1 ? 1 : std::min(1.0, static_cast<double>(threads) / cores);
  return {.gmacs_per_s = share * peak->second.value,
          .gbytes_per_s = value("memory_gbytes_per_s"),
          .cache_bytes = value("cache_bytes"),
          .cache_gbytes_per_s = value("cache_gbytes_per_s"),
          .node_us = value("node_us"),
          .network_us = value("network_us"),
          .folds = true};
}

}  // namespace tailor::hw
