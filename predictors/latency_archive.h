// Archives of measured latencies: a CSV file with one arch a row and one device a column; and
// latency tables of other devices as such.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

/// How an archive's columns name an arch's choices: a group's name and the slot's number, "d0".
struct ArchiveFormat {
  /// The archive's name of a group -> the space's, where they differ: {"k", "ks"}.
  std::map<std::string, std::string> groups = {};
  /// Space's group -> names of the choices that the archive numbers from 0.
  std::map<std::string, std::vector<std::string>> codes = {};
};

/// Formats of github.com/HayeonLee/HELP: OFA-MobileNetV3 subnets (r, d0.., k0.., e0..), FBNet nets
/// (op0..op21, numbered in the order of HW-NAS-Bench,
/// hw_nas_bench_api/fbnet_models/model_infer.py).
ArchiveFormat help_ofa_format();
ArchiveFormat help_fbnet_format();
/// By name: plain (groups and choices as in the space), help_ofa, help_fbnet.
const std::map<std::string, ArchiveFormat>& archive_formats();

struct LatencyArchive {
  std::vector<Arch> archs;
  std::vector<std::string> devices;             ///< columns without their "_ms"
  std::vector<std::vector<double>> latency_ms;  ///< [device][arch]

  /// Index of a device. Throws UnknownNameError.
  size_t device(const std::string& name) const;
};

/// Columns ending in "_ms" are devices; an arch is a column "arch" with the space's text, or a
/// column for each slot of the space's groups; others are ignored.
/// Throws IoError naming file and line: a choice that the space does not have, a latency that is
/// not a number above 0; a slot without a column, no device, no row.
LatencyArchive parse_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                     const std::string& text, const std::string& name);
LatencyArchive read_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                    const std::string& path);

/// What other devices take, as one archive: one CSV file at most, and latency tables (files ending
/// in ".yaml") of which each gives the sums of its blocks for the CSV's archs, or for
/// kTableArchs random ones where there is none. workload: what the tables were measured under.
/// Throws IoError naming the file, as where a table lacks a block; ConfigError for two CSV files.
LatencyArchive read_latency_sources(const SearchSpace& space, const Workload& workload,
                                    std::span<const std::string> files, const ArchiveFormat& format,
                                    const Rng& rng);
inline constexpr int64_t kTableArchs = 1000;

}  // namespace tailor::predict
