// Reading archives of measured latencies.
#include "predictors/latency_archive.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "core/file.h"
#include "predictors/latency_lut.h"

namespace tailor::predict {
namespace {

constexpr std::string_view kSuffix = "_ms";
constexpr size_t kNoColumn = static_cast<size_t>(-1);

/// The whole text as a number; NaN otherwise.
double to_number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : std::nan("");
}

/// For each axis the column of its slot.
std::vector<size_t> arch_columns(const SearchSpace& space, const ArchiveFormat& format,
                                 const Csv& csv) {
  std::map<std::string, std::string> archive_name;
  for (const auto& [theirs, ours] : format.groups) archive_name[ours] = theirs;
  std::vector<size_t> out;
  for (const Axis& axis : space.axes()) {
    const auto other = archive_name.find(axis.group);
    const std::string& group = other == archive_name.end() ? axis.group : other->second;
    if (axis.names.size() == 1) {  // nothing to choose: no column is needed
      out.push_back(kNoColumn);
      continue;
    }
    const bool single = space.axis_index(axis.group, 1) < 0;
    out.push_back(csv.column(single ? group : str(group, axis.slot)));
  }
  return out;
}

/// The arch's slots as the space's text; a code becomes the choice's name.
class RowReader {
 public:
  RowReader(const SearchSpace& space, const ArchiveFormat& format, const Csv& csv)
      : space_(space), format_(format) {
    const auto text = std::find(csv.header.begin(), csv.header.end(), "arch");
    if (text != csv.header.end()) {
      text_column_ = static_cast<size_t>(text - csv.header.begin());
    } else {
      columns_ = arch_columns(space, format, csv);
    }
  }

  Arch arch(const std::vector<std::string>& row) const {
    if (text_column_ != kNoColumn) return space_.parse(row[text_column_]);
    std::map<std::string, std::vector<std::string>> groups;
    for (size_t a = 0; a < columns_.size(); ++a) {
      const Axis& axis = space_.axes()[a];
      groups[axis.group].push_back(columns_[a] == kNoColumn ? axis.names[0]
                                                            : choice(axis.group, row[columns_[a]]));
    }
    std::vector<std::string> text;
    for (const auto& [group, values] : groups) text.push_back(str(group, "=", join(values, ",")));
    return space_.parse(join(text, " "));
  }

 private:
  std::string choice(const std::string& group, const std::string& value) const {
    const auto codes = format_.codes.find(group);
    if (codes == format_.codes.end()) return value;
    const double code = to_number(value);
    if (!(code >= 0) || code >= static_cast<double>(codes->second.size()) ||
        code != std::floor(code)) {
      throw ConfigError(str(group, ": code '", value, "' is not in 0..", codes->second.size() - 1));
    }
    return codes->second[static_cast<size_t>(code)];
  }

  const SearchSpace& space_;
  const ArchiveFormat& format_;
  size_t text_column_ = kNoColumn;  // of whole archs
  std::vector<size_t> columns_;     // else of each axis
};

}  // namespace

ArchiveFormat help_ofa_format() { return {.groups = {{"k", "ks"}}}; }

ArchiveFormat help_fbnet_format() {
  return {.codes = {{"op",
                     {"k3_e1", "k3_e1_g2", "k3_e3", "k3_e6", "k5_e1", "k5_e1_g2", "k5_e3", "k5_e6",
                      "skip"}}}};
}

const std::map<std::string, ArchiveFormat>& archive_formats() {
  static const std::map<std::string, ArchiveFormat> formats = {
      {"plain", {}}, {"help_ofa", help_ofa_format()}, {"help_fbnet", help_fbnet_format()}};
  return formats;
}

size_t LatencyArchive::device(const std::string& name) const {
  for (size_t i = 0; i < devices.size(); ++i) {
    if (devices[i] == name) return i;
  }
  throw UnknownNameError(unknown_name_text("device", name, devices));
}

LatencyArchive parse_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                     const std::string& text, const std::string& name) {
  const Csv csv = Csv::parse(text, name);
  const RowReader reader(space, format, csv);
  LatencyArchive out;
  std::vector<size_t> columns;
  for (size_t c = 0; c < csv.header.size(); ++c) {
    const std::string& title = csv.header[c];
    if (title.size() <= kSuffix.size() || !title.ends_with(kSuffix)) continue;
    out.devices.push_back(title.substr(0, title.size() - kSuffix.size()));
    columns.push_back(c);
  }
  if (columns.empty() || csv.rows.empty()) {
    throw IoError(str(name, ": must hold rows with a column whose name ends in '_ms', got ",
                      csv.rows.size(), " rows and columns ", join(csv.header, ", ")));
  }
  out.latency_ms.resize(columns.size());
  for (size_t r = 0; r < csv.rows.size(); ++r) {
    const std::vector<std::string>& row = csv.rows[r];
    try {
      out.archs.push_back(reader.arch(row));
    } catch (const ConfigError& error) {
      throw IoError(str(name, ":", r + 2, ": ", error.what()));
    }
    for (size_t d = 0; d < columns.size(); ++d) {
      const double ms = to_number(row[columns[d]]);
      if (!std::isfinite(ms) || ms <= 0) {
        throw IoError(str(name, ":", r + 2, ": ", out.devices[d],
                          "_ms must be a number above 0, got '", row[columns[d]], "'"));
      }
      out.latency_ms[d].push_back(ms);
    }
  }
  return out;
}

LatencyArchive read_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                    const std::string& path) {
  return parse_latency_archive(space, format, read_file(path), path);
}

LatencyArchive read_latency_sources(const SearchSpace& space, const Workload& workload,
                                    std::span<const std::string> files, const ArchiveFormat& format,
                                    const Rng& rng) {
  LatencyArchive out;
  std::vector<std::string> tables;
  for (const std::string& file : files) {
    if (file.ends_with(".yaml")) {
      tables.push_back(file);
    } else if (out.archs.empty()) {
      out = read_latency_archive(space, format, file);
    } else {
      throw ConfigError(str("two archives, of which '", file, "' is one; there can be one beside ",
                            "latency tables (.yaml)"));
    }
  }
  Rng stream = rng.fork("archs of latency tables");
  for (int64_t i = 0; out.devices.empty() && i < kTableArchs; ++i) {
    out.archs.push_back(space.sample_choices(stream));
  }
  for (const std::string& file : tables) {
    std::vector<Estimate> estimates(out.archs.size());
    try {
      LatencyLut(space, workload, hw::LatencyTable::load(file)).estimate(out.archs, estimates);
    } catch (const IoError&) {
      throw;  // names the file
    } catch (const Error& error) {
      throw IoError(str(file, ": ", error.what()));
    }
    std::vector<double>& ms = out.latency_ms.emplace_back();
    for (const Estimate& each : estimates) ms.push_back(each.value);
    out.devices.push_back(file);
  }
  return out;
}

}  // namespace tailor::predict
