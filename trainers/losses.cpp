// Cross entropies with labels and with a teacher.
#include "trainers/losses.h"

#include <torch/torch.h>

namespace tailor::train {

at::Tensor label_loss(const at::Tensor& logits, const at::Tensor& labels, double smoothing) {
  return at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100, smoothing);
}

at::Tensor distill_loss(const at::Tensor& student_logits, const at::Tensor& teacher_logits) {
  const at::Tensor target = at::softmax(teacher_logits.detach(), 1);
  return -(target * at::log_softmax(student_logits, 1)).sum(1).mean();
}

}  // namespace tailor::train
