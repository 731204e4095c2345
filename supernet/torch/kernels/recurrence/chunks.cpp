// Cutting and joining.
#include "supernet/torch/kernels/recurrence/chunks.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

namespace tailor::supernet {

Chunks::Chunks(const at::Tensor& like, int64_t size)
    : batch_(like.size(0)),
      tokens_(like.size(1)),
      heads_(like.size(2)),
      size_(std::min(size, like.size(1))),
      count_((tokens_ + size_ - 1) / size_) {}

at::Tensor Chunks::cut(const at::Tensor& x) const {
  at::Tensor y = exact(x).transpose(1, 2).flatten(0, 1);  // [B h, T, ...]
  const int64_t pad = count_ * size_ - tokens_;
  if (pad > 0) {
    std::vector<int64_t> shape = y.sizes().vec();
    shape[1] = pad;
    y = at::cat({y, at::zeros(shape, y.options())}, 1);
  }
  return y.unflatten(1, {count_, size_}).contiguous();
}

at::Tensor Chunks::join(const at::Tensor& x) const {
  return x.flatten(1, 2).narrow(1, 0, tokens_).unflatten(0, {batch_, heads_}).transpose(1, 2);
}

at::Tensor Chunks::cut_state(const at::Tensor& state, int64_t keys, int64_t values,
                             const at::TensorOptions& options) const {
  if (!state.defined()) return at::zeros({batch_ * heads_, keys, values}, options);
  return exact(state).flatten(0, 1);
}

at::Tensor Chunks::join_state(const at::Tensor& state) const {
  return state.unflatten(0, {batch_, heads_});
}

at::Tensor exact(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

at::Tensor decay_matrix(const at::Tensor& cumulative, bool strict) {
  const at::Tensor difference = cumulative.unsqueeze(-1) - cumulative.unsqueeze(-2);
  const int64_t size = cumulative.size(-1);
  const at::Tensor later =
      at::ones({size, size}, cumulative.options().dtype(at::kBool)).triu(strict ? 0 : 1);
  return difference.masked_fill(later, -std::numeric_limits<double>::infinity()).exp();
}

}  // namespace tailor::supernet
