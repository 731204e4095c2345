// The learning rate over a phase.
#pragma once

#include <cstdint>

#include "trainers/train_phase.h"

namespace tailor::train {

/// Linear from lr / 25 during warm-up, then half a cosine from lr to final_lr.
/// step: 0-based within the phase.
double learning_rate(const PhaseSchedule& schedule, int64_t step, int64_t steps_per_epoch);

}  // namespace tailor::train
