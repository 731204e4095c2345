// The config section `search.estimators`: values told by published files, not by a run's own.
#pragma once

#include <memory>

#include "core/config_node.h"
#include "predictors/estimator.h"
#include "supernet/space/search_space.h"

namespace tailor::tools {

/// Null where the run fits or measures its own.
struct PublishedSection {
  std::unique_ptr<Estimator> accuracy, latency;

  /// estimators: {accuracy: {file, parts, resolutions}, latency_ms: {tables: {"160": file, ...}}}.
  /// Reads the files. Throws ConfigError, IoError.
  static PublishedSection read(const ConfigNode& cfg, const SearchSpace& space);
};

}  // namespace tailor::tools
