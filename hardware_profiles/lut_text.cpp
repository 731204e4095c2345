// Latency tables as YAML. Reading goes through ConfigNode: types, ranges, unknown and doubled keys
// are checked there, with file, line and column.
#include "core/config_node.h"
#include "core/error.h"
#include "core/yaml_text.h"
#include "hardware_profiles/lut.h"

namespace tailor::hw {
namespace {

constexpr double kMinMs = 1e-9;  // a clock's tick is far above
constexpr double kMaxMs = 1e9;   // eleven days
constexpr double kMaxCount = 1e15;

constexpr int64_t kOldestVersion = 1;  // without reference blocks

/// Returns the version.
int64_t check_version_and_unit(const ConfigNode& file) {
  int64_t version = 0;
  file.read("format_version", version, {.required = true, .doc = "of latency tables"});
  if (version < kOldestVersion || version > LatencyTable::kFormatVersion) {
    file.fail("format_version",
              str("this build reads ", kOldestVersion, " to ", LatencyTable::kFormatVersion,
                  ", got ", version, "; profile the device again"));
  }
  std::string unit;
  file.read("unit", unit, {.required = true, .doc = "of times"});
  if (unit != "ms") file.fail("unit", str("must be ms, got '", unit, "'"));
  return version;
}

TableHeader read_header(const ConfigNode& file) {
  TableHeader out;
  const ConfigNode device = file.child("device");
  device.read("device", out.device.device, {.required = true});
  device.read("runtime", out.device.runtime, {.required = true});
  device.read("version", out.device.version, {.required = true});
  device.read("precision", out.device.precision, {.required = true});
  device.read("batch", out.device.batch, {.min = 1, .max = 1e9, .required = true});
  device.read("threads", out.device.threads, {.min = 1, .max = 1e6, .required = true});
  device.finish();
  file.read("date", out.date, {.required = true});
  file.read("space", out.space, {.required = true});
  file.read("method", out.method, {.required = true});
  const ConfigNode reference = file.child("reference");
  reference.read("network", out.reference, {.required = true});
  reference.read("median_ms", out.reference_ms, {.min = 0, .max = kMaxMs, .required = true});
  reference.read("spread", out.reference_spread, {.min = 0, .max = 1e6, .required = true});
  reference.finish();
  return out;
}

void read_entry(const ConfigNode& node, TableEntries& entries) {
  TableEntry entry;
  std::string key;
  node.read("label", entry.label, {.required = true});
  node.read("median_ms", entry.median_ms, {.min = kMinMs, .max = kMaxMs, .required = true});
  node.read("spread", entry.spread, {.min = 0, .max = 1e6, .required = true});
  node.read("count", entry.count, {.min = 1, .max = kMaxCount, .required = true});
  node.read("method", entry.method, {});
  node.read("key", key, {.required = true});
  node.finish();
  if (key.empty()) node.fail("key", "must not be empty");
  if (const auto first = entries.find(key); first != entries.end()) {
    node.fail("key", str("is already there as '", first->second.label, "'; one entry a block"));
  }
  entries.emplace(key, std::move(entry));
}

std::string entry_line(const std::string& key, const TableEntry& entry) {
  const std::string method = entry.method.empty() ? "" : ", method: " + yaml_quoted(entry.method);
  return str("  - {label: ", yaml_quoted(entry.label), ", median_ms: ", number(entry.median_ms),
             ", spread: ", number(entry.spread), ", count: ", entry.count, method,
             ", key: ", yaml_quoted(key), "}\n");
}

TableEntries read_entries(const ConfigNode& file, const std::string& name) {
  TableEntries out;
  if (!file.has(name)) file.fail(name, "is missing; is the file complete?");
  for (const ConfigNode& node : file.children(name)) read_entry(node, out);
  return out;
}

std::string entries_text(const std::string& name, const TableEntries& entries) {
  std::string out = name + (entries.empty() ? ": []\n" : ":\n");
  for (const auto& [key, entry] : entries) out += entry_line(key, entry);
  return out;
}

}  // namespace

std::string LatencyTable::text() const {
  const DeviceInfo& device = header_.device;
  const std::string out = str(
      "format_version: ", kFormatVersion,
      "\nunit: ms\ndevice:\n  device: ", yaml_quoted(device.device),
      "\n  runtime: ", yaml_quoted(device.runtime), "\n  version: ", yaml_quoted(device.version),
      "\n  precision: ", yaml_quoted(device.precision), "\n  batch: ", device.batch,
      "\n  threads: ", device.threads, "\ndate: ", yaml_quoted(header_.date),
      "\nspace: ", yaml_quoted(header_.space), "\nmethod: ", yaml_quoted(header_.method),
      "\nreference:\n  network: ", yaml_quoted(header_.reference),
      "\n  median_ms: ", number(header_.reference_ms),
      "\n  spread: ", number(header_.reference_spread), "\n");
  return out + entries_text("reference_blocks", header_.reference_blocks) +
         entries_text("entries", entries_);
}

LatencyTable LatencyTable::parse(const std::string& text, const std::string& name) {
  try {
    const ConfigNode file = ConfigNode::parse(text, name);
    const int64_t version = check_version_and_unit(file);
    LatencyTable table(read_header(file));
    if (version > 1) table.header_.reference_blocks = read_entries(file, "reference_blocks");
    table.entries_ = read_entries(file, "entries");
    file.finish();
    return table;
  } catch (const ConfigError& error) {
    throw IoError(error.what());
  }
}

}  // namespace tailor::hw
