// Warm-up and cosine.
#include "trainers/schedule.h"

#include <cmath>
#include <numbers>

namespace tailor::train {

double learning_rate(const PhaseSchedule& schedule, int64_t step, int64_t steps_per_epoch) {
  const auto per_epoch = static_cast<double>(steps_per_epoch);
  const double warmup = schedule.warmup_epochs * per_epoch;
  const double total = static_cast<double>(schedule.epochs) * per_epoch;
  const auto now = static_cast<double>(step);
  if (now < warmup) {
    const double low = schedule.lr / 25;
    return low + (schedule.lr - low) * (now + 1) / warmup;
  }
  const double done = (now - warmup) / std::max(1.0, total - warmup);
  return schedule.final_lr +
         (schedule.lr - schedule.final_lr) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace tailor::train
