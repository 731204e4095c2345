// Losses of a subnet's logits.
#pragma once

#include <ATen/core/Tensor.h>

namespace tailor::train {

/// Mean cross entropy; target (1 - smoothing) * one-hot + smoothing / classes.
/// logits [N, classes], labels [N] int64.
at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels, double smoothing);

/// Mean over the batch of -sum softmax(teacher) * log_softmax(student), temperature 1.
/// Source: once-for-all, ofa/utils/pytorch_utils.py, cross_entropy_loss_with_soft_target.
at::Tensor distill_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits);

}  // namespace tailor::train
