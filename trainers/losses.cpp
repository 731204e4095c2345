// Cross entropies with labels and with a teacher.
#include "trainers/losses.h"

#include <ATen/ATen.h>

namespace tailor::train {

at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels, double smoothing,
                      const at::Tensor& soft_targets) {
  const at::Tensor& target = soft_targets.defined() ? soft_targets : labels;
  return at::cross_entropy_loss(logits, target, {}, at::Reduction::Mean, -100, smoothing);
}

std::vector<std::string> distillation_names() { return {"cross_entropy", "mse", "adaptive_alpha"}; }

namespace {

constexpr double kMaxRatio = 5;  // AlphaNet's iw_clip

struct Divergence {
  at::Tensor value;     ///< [N], without gradient
  at::Tensor gradient;  ///< [N], a surrogate with the divergence's gradient by the student
};

/// d/dq of sum q f(p / q) is sum (f(t) - t f'(t)) dq; written with dq = q d(log q), whose f - t f'
/// is -rho up to a constant that a probability's gradient cancels.
Divergence left_divergence(const at::Tensor& p, const at::Tensor& q, const at::Tensor& log_q) {
  const at::Tensor inverse = at::clamp(q / p, 0, kMaxRatio);  // (p / q)^-1; alpha (alpha - 1) = 2
  return {(q * (inverse - 1) / 2).sum(1), -(q * (0.5 - inverse) * log_q).sum(1)};
}

Divergence right_divergence(const at::Tensor& p, const at::Tensor& q, const at::Tensor& log_q) {
  const at::Tensor ratio = at::clamp(p / q, 0, kMaxRatio);  // the limit alpha -> 1: t log t
  return {(q * at::xlogy(ratio, ratio)).sum(1), -(q * ratio * log_q).sum(1)};
}

}  // namespace

at::Tensor distill_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                        Distillation kind) {
  const at::Tensor teacher = teacher_logits.detach();
  if (kind == Distillation::mse) return at::mse_loss(student_logits, teacher);
  const at::Tensor log_q = at::log_softmax(student_logits, 1);
  const at::Tensor p = at::softmax(teacher, 1);
  if (kind == Distillation::cross_entropy) return -(p * log_q).sum(1).mean();
  const at::Tensor q = log_q.detach().exp();
  const Divergence left = left_divergence(p, q, log_q), right = right_divergence(p, q, log_q);
  return at::where(left.value > right.value, left.gradient, right.gradient).mean();
}

}  // namespace tailor::train
