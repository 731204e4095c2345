// Files of a finished search: result.yaml, front.csv, history.csv, with several limits sweep.csv
// (the same in every run of one search), and timing.yaml (what is not).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/result.h"
#include "supernet/space/search_space.h"

namespace tailor::search {

/// Writes the files below `folder`, each whole. Throws IoError.
void write_result(const SearchResult& result, const SearchSpace& space, const std::string& folder);
/// Their names, below the folder.
std::vector<std::string> result_files(const SearchResult& result);

/// An arch as text and its values by metric ("accuracy", "latency_ms", "latency_ms.note10").
struct StoredArch {
  std::string arch;
  std::map<std::string, double> values;
};

/// result.yaml, read back.
struct StoredResult {
  std::string space, strategy;
  int64_t seed = 0, evaluations = 0;
  StoredArch best;
  std::optional<double> upper_bound, gap;
  std::vector<LimitResult> constraints;
};

struct StoredTiming {
  double seconds = 0, evaluations_per_second = 0;
  int threads = 0;
};

/// Throw IoError or ConfigError naming file and place.
StoredResult read_result(const std::string& path);
StoredTiming read_timing(const std::string& path);
/// front.csv, best objective first.
std::vector<StoredArch> read_front(const std::string& path);

}  // namespace tailor::search
