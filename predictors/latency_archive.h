// Archives of measured latencies: a CSV file with one arch a row and one device a column.
#pragma once

#include <map>
#include <string>
#include <vector>

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

struct LatencyArchive {
  std::vector<Arch> archs;
  std::vector<std::string> devices;             ///< columns without their "_ms"
  std::vector<std::vector<double>> latency_ms;  ///< [device][arch]

  /// Index of a device. Throws UnknownNameError.
  size_t device(const std::string& name) const;
};

/// Columns ending in "_ms" are devices, those of the space's groups choices, others are ignored.
/// Throws IoError naming file and line: a choice that the space does not have, a latency that is
/// not a number above 0; a slot without a column, no device, no row.
LatencyArchive parse_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                     const std::string& text, const std::string& name);
LatencyArchive read_latency_archive(const SearchSpace& space, const ArchiveFormat& format,
                                    const std::string& path);

}  // namespace tailor::predict
