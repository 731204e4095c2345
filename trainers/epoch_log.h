// What a training run writes down after each epoch.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "supernet/space/search_space.h"
#include "trainers/checkpoint.h"
#include "trainers/subnet_evaluator.h"

namespace tailor::train {

/// A finished epoch.
struct EpochSummary {
  int64_t phase = 0, epoch = 0;  ///< from 0
  std::string name;              ///< of the phase
  int64_t epochs = 0;            ///< of the phase
  double lr = 0;                 ///< of its first step
  double loss = 0;               ///< mean over its steps
  int64_t images = 0;
  double seconds = 0;
};

using NamedArchs = std::vector<std::pair<std::string, Arch>>;

/// Headers of history.csv and validation.csv.
std::vector<std::string> history_header();
std::vector<std::string> validation_header();

/// Whom to score after each epoch: the largest, the smallest, the named.
std::vector<Arch> watched_archs(const SearchSpace& space, const NamedArchs& named);

/// Adds the epoch's lines to `progress` and logs one. `scores`: of watched_archs.
void log_epoch(const SearchSpace& space, const EpochSummary& epoch, const NamedArchs& named,
               const std::vector<SubnetScore>& scores, TrainProgress& progress);

/// Writes a table whose lines are CSV already. Throws IoError.
void write_table(const std::string& path, const std::vector<std::string>& header,
                 const std::vector<std::string>& lines);

/// Writes `folder`/history.csv and, where `validation`, `folder`/validation.csv. Throws IoError.
void write_history(const std::string& folder, const TrainProgress& progress, bool validation);

}  // namespace tailor::train
