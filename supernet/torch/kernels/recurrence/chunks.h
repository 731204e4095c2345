// Sequences of heads as batches of chunks.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tailor::supernet {

/// [B, T, h, ...] <-> [B h, chunks, C, ...]; the last chunk is padded with zeros, which leave a
/// state as it is (a log decay of 0 keeps it, a key of 0 writes nothing).
class Chunks {
 public:
  Chunks(const at::Tensor& like, int64_t size);

  at::Tensor cut(const at::Tensor& x) const;
  at::Tensor join(const at::Tensor& x) const;
  /// [B, h, K, V] <-> [B h, K, V]; zeros [K, V] where `state` is undefined.
  at::Tensor cut_state(const at::Tensor& state, int64_t keys, int64_t values,
                       const at::TensorOptions& options) const;
  at::Tensor join_state(const at::Tensor& state) const;
  int64_t count() const { return count_; }

 private:
  int64_t batch_, tokens_, heads_, size_, count_;
};

/// Double stays; everything else is worked on in float32.
at::Tensor exact(const at::Tensor& x);

/// exp(G_i - G_j) for i >= j (with `strict` i > j), else 0, of cumulative log decays [..., C]. The
/// difference is taken and masked first: its parts alone would overflow.
at::Tensor decay_matrix(const at::Tensor& cumulative, bool strict = false);

}  // namespace tailor::supernet
