// Latency corrections as YAML, read strictly.
#include "core/config_node.h"
#include "core/error.h"
#include "core/file.h"
#include "core/yaml_text.h"
#include "predictors/latency_correction.h"

namespace tailor::predict {
namespace {

constexpr double kHuge = 1e12;

MeasuredNetwork read_network(const ConfigNode& node) {
  MeasuredNetwork out;
  node.read("arch", out.arch, {.required = true});
  node.read("measured_ms", out.measured_ms, {.min = 1e-9, .max = kHuge, .required = true});
  node.read("table_ms", out.features.table_ms, {.min = 1e-9, .max = kHuge, .required = true});
  node.read("blocks", out.features.blocks, {.min = 1, .max = kHuge, .required = true});
  node.read("nodes", out.features.nodes, {.min = 1, .max = kHuge, .required = true});
  node.finish();
  return out;
}

LatencyCorrection read_correction(const ConfigNode& file) {
  int64_t version = 0;
  file.read("format_version", version, {.required = true});
  if (version != LatencyCorrection::kFormatVersion) {
    file.fail("format_version", str("this build reads ", LatencyCorrection::kFormatVersion,
                                    ", got ", version, "; fit again"));
  }
  std::string unit;
  file.read("unit", unit, {.required = true});
  if (unit != "ms") file.fail("unit", str("must be ms, got '", unit, "'"));
  LatencyCorrection out;
  file.read("device", out.device, {.required = true});
  file.read("subset", out.subset, {.required = true});
  const ConfigNode c = file.child("coefficients");
  const Rule any{.min = -kHuge, .max = kHuge, .required = true};
  c.read("constant", out.coefficients[0], any);
  c.read("table_ms", out.coefficients[1], any);
  c.read("blocks", out.coefficients[2], any);
  c.read("nodes", out.coefficients[3], any);
  c.finish();
  const ConfigNode residual = file.child("residual_model");
  residual.read("bias", out.residual_model.bias, any);
  for (const std::string& part : residual.keys()) {
    if (part != "bias") residual.read(part, out.residual_model.weights[part], any);
  }
  residual.finish();
  file.read("min_ratio", out.min_ratio, {.min = 1e-9, .max = kHuge, .required = true});
  file.read("max_ratio", out.max_ratio, {.min = out.min_ratio, .max = kHuge, .required = true});
  file.read("residual", out.residual, {.min = 0, .max = kHuge, .required = true});
  for (const ConfigNode& node : file.children("networks")) {
    out.networks.push_back(read_network(node));
  }
  file.finish();
  return out;
}

/// As YAML, one line a part.
std::string residual_text(const NamedRidge& model) {
  std::string out = str("residual_model:\n  bias: ", number(model.bias), "\n");
  for (const auto& [part, weights] : model.weights) {
    std::vector<std::string> items;
    for (const auto& [name, weight] : weights) {
      items.push_back(str(yaml_quoted(name), ": ", number(weight)));
    }
    out += str("  ", part, ": {", join(items, ", "), "}\n");
  }
  return out;
}

}  // namespace

std::string LatencyCorrection::text() const {
  const auto& c = coefficients;
  std::string out =
      str("format_version: ", kFormatVersion, "\nunit: ms\ndevice: ", yaml_quoted(device),
          "\nsubset: ", yaml_quoted(subset), "\ncoefficients:\n  constant: ", number(c[0]),
          "\n  table_ms: ", number(c[1]), "\n  blocks: ", number(c[2]), "\n  nodes: ", number(c[3]),
          "\n", residual_text(residual_model), "min_ratio: ", number(min_ratio),
          "\nmax_ratio: ", number(max_ratio), "\nresidual: ", number(residual), "\n");
  out += networks.empty() ? "networks: []\n" : "networks:\n";
  for (const MeasuredNetwork& network : networks) {
    out += str("  - {measured_ms: ", number(network.measured_ms),
               ", table_ms: ", number(network.features.table_ms),
               ", blocks: ", number(network.features.blocks),
               ", nodes: ", number(network.features.nodes), ", arch: ", yaml_quoted(network.arch),
               "}\n");
  }
  return out;
}

LatencyCorrection LatencyCorrection::parse(const std::string& text, const std::string& name) {
  try {
    return read_correction(ConfigNode::parse(text, name));
  } catch (const ConfigError& error) {
    throw IoError(error.what());
  }
}

LatencyCorrection LatencyCorrection::load(const std::string& path) {
  constexpr int64_t kMaxBytes = int64_t{16} << 20;
  return parse(read_file(path, kMaxBytes), path);
}

void LatencyCorrection::save(const std::string& path) const { write_file(path, text()); }

}  // namespace tailor::predict
