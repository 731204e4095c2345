// Scores between tokens of a chunk under a decay of its own for every key channel.
#pragma once

#include <ATen/core/Tensor.h>

namespace tailor::supernet {

/// P_ij = sum_d q_id k_jd e^(from_id - total_jd) for j <= i (j < i with `strict`), else 0.
/// q, k, from, total [M, C, K]; returns [M, C, C]. total is the inclusive cumulative log decay of
/// the chunk, from either the same or the exclusive one (strict only), so no exponent is positive.
/// Two levels: blocks of 16 tokens below the diagonal are plain products about a reference decay;
/// blocks on it are summed without factoring the exponent, since e^(-total) may overflow. Keeps its
/// inputs alone for the backward pass. Source: GLA, arXiv 2312.06635, section 4.3.
at::Tensor decayed_scores(const at::Tensor& q, const at::Tensor& from, const at::Tensor& k,
                          const at::Tensor& total, bool strict);

}  // namespace tailor::supernet
