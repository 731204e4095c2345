// The latency table of a device: one entry a distinct block, with how each was measured, and a
// header that says on what. Files are untrusted input: read strictly, written whole.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "hardware_profiles/device.h"

namespace tailor::hw {

struct TableEntry {
  std::string label;  ///< name of a block with this key, for people
  double median_ms = 0;
  double spread = 0;   ///< half the 95 % confidence interval of the median, relative
  int64_t count = 0;   ///< runs behind it
  std::string method;  ///< as the header's, where it differs
};

/// By Block::key.
using TableEntries = std::map<std::string, TableEntry>;

/// What the entries of a table have in common. Times are milliseconds.
struct TableHeader {
  DeviceInfo device;
  std::string date;              ///< when it was begun, UTC
  std::string space;             ///< name of the search space
  std::string method = "alone";  ///< how blocks were measured: each as a network of its own
  std::string reference;         ///< the reference network, as an arch's text
  double reference_ms = 0;       ///< its time when the table was begun; for whole networks
  double reference_spread = 0;   ///< relative
  /// The blocks that entries are measured against, and what they took when the table was begun:
  /// the speed that all entries are brought to. Empty in tables of format 1, whose entries are
  /// brought to the reference network's speed.
  TableEntries reference_blocks = {};
};

class LatencyTable {
 public:
  static constexpr int64_t kFormatVersion = 2;  ///< 1 is read too

  LatencyTable() = default;
  explicit LatencyTable(TableHeader header) : header_(std::move(header)) {}

  const TableHeader& header() const { return header_; }
  const TableEntries& entries() const { return entries_; }
  /// Null when the key was not measured.
  const TableEntry* find(const std::string& key) const;
  /// Throws Error naming the block for a time that is not finite and above zero.
  void insert(const std::string& key, TableEntry entry);

  /// The file: header, then one line a reference block and one an entry, sorted by key.
  std::string text() const;
  /// Throws IoError naming `name`, line and column: not YAML, unknown version, another unit,
  /// unknown or missing fields, a number out of range, a key given twice.
  static LatencyTable parse(const std::string& text, const std::string& name);
  static LatencyTable load(const std::string& path);
  /// Atomic; see write_file.
  void save(const std::string& path) const;

 private:
  TableHeader header_;
  TableEntries entries_;
};

/// Throws IoError naming `path` and the first field that differs when entries measured under `want`
/// cannot stand in a table with the header `have`: device, runtime, version, precision, batch,
/// threads, space, method, reference network.
void check_same_conditions(const TableHeader& have, const TableHeader& want,
                           const std::string& path);

}  // namespace tailor::hw
