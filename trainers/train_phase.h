// What a phase of training decides: which subnets a step trains, and on which loss.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"
#include "core/rng.h"
#include "supernet/space/search_space.h"
#include "trainers/losses.h"

namespace tailor::train {

/// Where the soft targets of a subnet come from.
enum class Teacher {
  none,
  first,   ///< logits of the step's first subnet (in-place distillation, BigNAS)
  frozen,  ///< a network that does not change during the phase
};

/// One subnet of one step.
struct SubnetTask {
  Arch arch;
  int64_t resolution = 0;     ///< 0: the arch's own
  double label_weight = 1;    ///< of the cross entropy with the (smoothed) labels
  double distill_weight = 0;  ///< of the cross entropy with the teacher's probabilities
  Teacher teacher = Teacher::none;
  bool smooth_labels = true;  ///< false: label smoothing is left out for this subnet
};

/// Schedule and length, the same for every phase.
struct PhaseSchedule {
  int64_t epochs = 1;
  double lr = 0.1, final_lr = 0;
  double warmup_epochs = 0;    ///< linear from lr / 25; then a cosine to final_lr
  std::string frozen_teacher;  ///< "": none; "start": the largest subnet as the phase begins;
                               ///< "kept": that of the last phase that said "start"; a file
  Distillation distillation = Distillation::cross_entropy;
  int64_t sort_channels = -1;  ///< stage of channel sorting before the phase; -1: none

  void read(const ConfigNode& cfg);
};

class TrainPhase {
 public:
  virtual ~TrainPhase() = default;
  /// Subnets of one step; the first one's logits are Teacher::first. `rng`: the step's own stream.
  virtual std::vector<SubnetTask> step(Rng& rng) const = 0;
  const PhaseSchedule& schedule() const { return schedule_; }

 protected:
  PhaseSchedule schedule_;
};

/// Phase "single" for a subnet that is known to the caller, taught by the schedule's frozen teacher
/// with weight `distill`.
std::unique_ptr<TrainPhase> single_phase(const PhaseSchedule& schedule, const Arch& arch,
                                         double distill);

using PhaseRegistry = Registry<TrainPhase, const SearchSpace&>;
/// trainers/builtin.cpp.
PhaseRegistry builtin_phases();

/// Reads `choices: {ks: [5, 7], d: [4]}`; groups not named stay free.
Restriction read_choices(const ConfigNode& cfg, const SearchSpace& space);

}  // namespace tailor::train
