// Recurrences of linear attention token by token, for one head, on float: what decoding runs. Plain
// pointers; instruction set chosen at run time.
#pragma once

#include <cstdint>

namespace tailor::cpu {

enum class TokenRule {
  linear,  // S <- d S + k v^T
  delta,   // r = beta (v - d S^T k); S <- d S + k r^T
  dplr     // S <- d S + b (a^T S) + k v^T
};

/// One head's tokens, output read after the write: o = S^T q. q, k, a, b have key_step floats
/// between tokens, v and the output value_step, beta gate_step. decay (not its logarithm) may be
/// null: none; else it has decay_step floats between tokens and one value, or one for each key.
struct TokenInputs {
  int64_t tokens, keys, values, key_step, value_step, gate_step, decay_step;
  bool decay_per_key;
  const float *q, *k, *v, *decay;
  const float *beta, *a, *b;
};

/// state, next [K, V]; next is written, and may be state.
void run_tokens(TokenRule rule, const TokenInputs& in, const float* state, float* next,
                float* output);

}  // namespace tailor::cpu
