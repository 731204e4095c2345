// The gated delta rule of one head in chunks of tokens, forward and backward, on float. Plain
// pointers; instruction set chosen at run time; one head is one thread's work, so results do not
// depend on the number of threads.
#pragma once

#include <cstdint>

namespace tailor::cpu {

/// Sizes of one head and the distance between its tokens in memory.
struct DeltaShape {
  int64_t tokens, keys, values, chunk;
  int64_t key_step, value_step, gate_step;  // of q, k; of v and the output; of g and beta
  int64_t chunks() const { return (tokens + chunk - 1) / chunk; }
};

/// One head's inputs; g (log decay) may be null: no decay.
struct DeltaInputs {
  const float *q, *k, *v, *g, *beta;
};

/// What the backward pass needs besides the inputs. With `keep`, states is [chunks + 1, K, V] and
/// writes [tokens, V]; without, one [K, V] and one [chunk, V] are used again for every chunk.
/// states begins with the initial state; the final one is written to its last place.
struct DeltaTrace {
  float *states, *writes;
  bool keep;
};

/// Source: Gated DeltaNet, arXiv 2412.06464, section 3.3 (chunk form), with the writes solved for
/// directly: V~ = (I + A)^-1 diag(beta) (V - diag(e^G) K S).
void delta_chunk_forward(const DeltaShape& shape, const DeltaInputs& in, const DeltaTrace& trace,
                         float* output);

/// Gradients of the same; each is written, not added to. g may be null when the inputs' is.
struct DeltaGradients {
  float *q, *k, *v, *g, *beta;
};

/// state_gradient [K, V]: on entry of the final state, on exit of the initial one. The trace is one
/// that was kept.
void delta_chunk_backward(const DeltaShape& shape, const DeltaInputs& in, const DeltaTrace& trace,
                          const float* output_gradient, float* state_gradient,
                          const DeltaGradients& out);

}  // namespace tailor::cpu
