// Latency tables in memory.
#include "hardware_profiles/lut.h"

#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/file.h"

namespace tailor::hw {

const TableEntry* LatencyTable::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

void LatencyTable::insert(const std::string& key, TableEntry entry) {
  if (!std::isfinite(entry.median_ms) || entry.median_ms <= 0 || !std::isfinite(entry.spread) ||
      entry.spread < 0) {
    throw Error(str("block '", entry.label, "' cannot have a time of ", entry.median_ms,
                    " ms with a spread of ", entry.spread));
  }
  entries_[key] = std::move(entry);
}

LatencyTable LatencyTable::load(const std::string& path) {
  constexpr int64_t kMaxBytes = int64_t{16} << 20;
  return parse(read_file(path, kMaxBytes), path);
}

void LatencyTable::save(const std::string& path) const { write_file(path, text()); }

void check_same_conditions(const TableHeader& have, const TableHeader& want,
                           const std::string& path) {
  const auto check = [&](const char* field, const auto& a, const auto& b) {
    if (a == b) return;
    throw IoError(str(path, ": was measured with ", field, " '", a, "', this run has '", b,
                      "'; give this run another file, or remove this one"));
  };
  check("device", have.device.device, want.device.device);
  check("runtime", have.device.runtime, want.device.runtime);
  check("version", have.device.version, want.device.version);
  check("precision", have.device.precision, want.device.precision);
  check("batch", have.device.batch, want.device.batch);
  check("threads", have.device.threads, want.device.threads);
  check("space", have.space, want.space);
  check("method", have.method, want.method);
  check("reference", have.reference, want.reference);
}

}  // namespace tailor::hw
