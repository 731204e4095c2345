// The state of a search between two generations, as a checksummed text file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "search/result.h"
#include "supernet/space/search_space.h"

namespace tailor::search {

/// One scored arch. tracked: the limits' values, or the trade-off metric where there is no limit.
struct Record {
  Arch arch;
  double objective = 0;
  std::vector<double> tracked;
};

struct Snapshot {
  std::string problem;          ///< fingerprint of what is searched, and how
  double seconds = 0;           ///< spent so far
  int64_t idle = 0;             ///< generations in a row that brought nothing new
  int64_t limit = 0;            ///< of a sweep: which one is searched under
  int64_t improved_at = 0;      ///< evaluations when the best was found
  std::vector<Record> records;  ///< in the order of scoring
  std::vector<HistoryRow> history;
  std::string strategy;  ///< its own saved state

  std::string text() const;
  /// Throws IoError naming file and line: cut off, changed, of another version or space.
  static Snapshot parse(const SearchSpace& space, const std::string& text, const std::string& name);
};

}  // namespace tailor::search
