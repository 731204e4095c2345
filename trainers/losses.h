// Losses of a subnet's logits.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace tailor::train {

/// Mean cross entropy; target (1 - smoothing) * one-hot + smoothing / classes.
/// logits [N, classes], labels [N] int64. soft_targets [N, classes], where defined, takes the
/// one-hot's place.
at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels, double smoothing,
                      const at::Tensor& soft_targets = {});

/// How a student is held to a teacher's logits.
enum class Distillation {
  cross_entropy,  ///< mean over the batch of -sum softmax(teacher) * log_softmax(student)
  mse,            ///< mean squared difference of the logits
  adaptive_alpha  ///< the larger of two alpha-divergences, alpha -1 and 1 (AlphaNet)
};
/// "cross_entropy", "mse", "adaptive_alpha", in the order of the enumeration.
std::vector<std::string> distillation_names();

/// student_logits, teacher_logits: [N, classes]; no gradient reaches the teacher. Temperature 1.
/// adaptive_alpha: for each example the alpha-divergence D = sum q ((p / q)^alpha - 1) / (alpha
/// (alpha - 1)) of teacher p and student q, with (p / q)^alpha (at alpha 1: p / q) clipped at 5;
/// the value is a surrogate whose gradient is that of the larger one.
/// Source: once-for-all, ofa/utils/pytorch_utils.py (first two); AlphaNet (Wang et al. 2021) §3.2
/// and facebookresearch/AlphaNet, loss_ops.py (clipping).
at::Tensor distill_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits,
                        Distillation kind = Distillation::cross_entropy);

}  // namespace tailor::train
