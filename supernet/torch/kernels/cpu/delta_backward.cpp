// Backward pass of the chunked gated delta rule, chunks last to first.
#include <algorithm>
#include <utility>

#include "supernet/torch/kernels/cpu/delta_parts.h"
#include "supernet/torch/kernels/cpu/small_gemm.h"
#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

/// Scratch of the backward pass, used again for every chunk.
struct Backward {
  Buffer x, scaled, from_output, from_x, from_state, turned, dp, da, gates;
  Backward(const DeltaShape& s, int64_t row)
      : x(buffer(s.chunk * s.values)),
        scaled(buffer(s.chunk * s.keys)),
        from_output(buffer(s.chunk * s.keys)),
        from_x(buffer(s.chunk * s.keys)),
        from_state(buffer(s.chunk * s.keys)),
        turned(buffer(s.values * std::max(s.keys, row))),
        dp(buffer(s.chunk * row)),
        da(buffer(s.chunk * row)),
        gates(buffer(row)) {}
};

TAILOR_INLINE float dot(const float* a, const float* b, int64_t count) {
  Vec16 sums = {};
  int64_t j = 0;
  for (; j + 16 <= count; j += 16) {
    Vec16 x, y;
    load(x, a + j);
    load(y, b + j);
    sums += x * y;
  }
  float total = 0;
  for (; j < count; ++j) total += a[j] * b[j];
  for (int l = 0; l < 16; ++l) total += sums[l];
  return total;
}

TAILOR_CLONES
float inner_product(const float* a, const float* b, int64_t count) { return dot(a, b, count); }

/// x <- (I + A)^-T (P^T dO + diag(e^(G_C - G)) K dS).
void write_gradient(const Chunk& c, const Gates& w, Backward& b, const Rows& output_gradient,
                    const float* state_gradient) {
  scale_rows(c.k, w.end_decay.data(), b.scaled.data(), c.n, c.keys);
  multiply({.a = b.scaled.data(),
            .a_row = c.keys,
            .a_column = 1,
            .b = state_gradient,
            .b_row = c.values,
            .c = b.x.data(),
            .c_row = c.values,
            .rows = c.n,
            .columns = c.values,
            .inner = c.keys});
  multiply({.a = w.p.data(),
            .a_row = 1,
            .a_column = w.row,
            .b = output_gradient.data,
            .b_row = output_gradient.step,
            .c = b.x.data(),
            .c_row = c.values,
            .rows = c.n,
            .columns = c.values,
            .inner = c.n,
            .add = true,
            .band = Band::upper});
  solve_unit_lower_transposed(w.n.data(), w.row, b.x.data(), c.values, c.n, c.values);
}

/// dp <- dO V~^T, da <- X V~^T (that is, -dA), up to the diagonal.
void score_gradients(const Chunk& c, const Gates& w, Backward& b, const Rows& output_gradient,
                     const float* writes) {
  transpose(writes, c.values, b.turned.data(), w.row, c.n, c.values);
  Product p = {.a = output_gradient.data,
               .a_row = output_gradient.step,
               .a_column = 1,
               .b = b.turned.data(),
               .b_row = w.row,
               .c = b.dp.data(),
               .c_row = w.row,
               .rows = c.n,
               .columns = c.n,
               .inner = c.values,
               .band = Band::lower_result};
  multiply(p);
  p.a = b.x.data();
  p.a_row = c.values;
  p.c = b.da.data();
  multiply(p);
}

/// from_output <- dO S^T, from_x <- X S^T (S before the chunk), from_state <- V~ dS^T.
void state_products(const Chunk& c, Backward& b, const Rows& output_gradient, const float* writes,
                    const float* state, const float* state_gradient) {
  Product p = {.a = output_gradient.data,
               .a_row = output_gradient.step,
               .a_column = 1,
               .b = b.turned.data(),
               .b_row = c.keys,
               .c = b.from_output.data(),
               .c_row = c.keys,
               .rows = c.n,
               .columns = c.keys,
               .inner = c.values};
  transpose(state, c.values, b.turned.data(), c.keys, c.keys, c.values);
  multiply(p);
  p.a = b.x.data();
  p.a_row = c.values;
  p.c = b.from_x.data();
  multiply(p);
  transpose(state_gradient, c.values, b.turned.data(), c.keys, c.keys, c.values);
  p.a = writes;
  p.c = b.from_state.data();
  multiply(p);
}

/// The scores' parts of dG and dbeta; leaves dP * D in dp and diag(beta) (dA * D) in da.
TAILOR_CLONES
void mask_gradients(const Chunk& c, const Gates& w, Backward& b, float* beta_gradient) {
  float* gates = b.gates.data();
  std::fill(b.gates.begin(), b.gates.end(), 0.0f);
  for (int64_t i = 0; i < c.n; ++i) {
    const int64_t at = i * w.row;
    const float *d = w.decay.data() + at, *alike = w.alike.data() + at, *p = w.p.data() + at;
    float *dp = b.dp.data() + at, *da = b.da.data() + at;
    const float beta = w.beta[static_cast<size_t>(i)];
    const float along_a = -dot(da, alike, i);
    beta_gradient[i * c.gate_step] = along_a;
    gates[i] += dot(dp, p, i) + beta * along_a;
    for (int64_t j = 0; j < i; ++j) {
      gates[j] -= dp[j] * p[j] - beta * da[j] * alike[j];
      dp[j] *= d[j];
      da[j] *= -beta * d[j];
    }
    std::fill(dp + i + 1, dp + w.row, 0.0f);
    std::fill(da + i, da + w.row, 0.0f);
  }
}

/// Starts dq, dk with the states' parts and writes dv; adds these parts to dG and dbeta.
TAILOR_CLONES
void row_gradients(const Chunk& c, const Gates& w, Backward& b, const DeltaGradients& out) {
  float* gates = b.gates.data();
  float last = 0;
  for (int64_t i = 0; i < c.n; ++i) {
    const auto row = static_cast<size_t>(i);
    const float beta = w.beta[row], begin = w.begin_decay[row], end = w.end_decay[row];
    const float *z = b.from_output.data() + i * c.keys, *y = b.from_x.data() + i * c.keys,
                *h = b.from_state.data() + i * c.keys, *x = b.x.data() + i * c.values;
    float *dq = out.q + i * c.q.step, *dk = out.k + i * c.k.step, *dv = out.v + i * c.v.step;
    const float through_k = -begin * dot(y, c.k[i], c.keys);
    const float through_end = end * dot(h, c.k[i], c.keys);
    out.beta[i * c.gate_step] += through_k + dot(x, c.v[i], c.values);
    gates[i] += begin * dot(z, c.q[i], c.keys) + beta * through_k - through_end;
    last += through_end;
    for (int64_t j = 0; j < c.keys; ++j) {
      dq[j] = begin * z[j];
      dk[j] = end * h[j] - beta * begin * y[j];
    }
    for (int64_t j = 0; j < c.values; ++j) dv[j] = beta * x[j];
  }
  gates[c.n - 1] += last;
}

/// Adds the scores' parts to dq and dk: dq += dp K; dk += dp^T Q + (da + da^T) K.
void add_score_gradients(const Chunk& c, const Gates& w, const Backward& b,
                         const DeltaGradients& out) {
  Product p = {.a = b.dp.data(),
               .a_row = w.row,
               .a_column = 1,
               .b = c.k.data,
               .b_row = c.k.step,
               .c = out.q,
               .c_row = c.q.step,
               .rows = c.n,
               .columns = c.keys,
               .inner = c.n,
               .add = true,
               .band = Band::lower};
  multiply(p);
  p.a = b.da.data();
  p.c = out.k;
  p.c_row = c.k.step;
  multiply(p);
  std::swap(p.a_row, p.a_column);
  p.band = Band::upper;
  multiply(p);
  p.a = b.dp.data();
  p.b = c.q.data;
  p.b_row = c.q.step;
  multiply(p);
}

/// dS <- e^G_C dS + (diag(e^G) Q)^T dO - (diag(beta e^G) K)^T X.
void step_state_gradient(const Chunk& c, const Gates& w, Backward& b, const Rows& output_gradient,
                         float* state_gradient) {
  scale_into(w.last_decay(c), state_gradient, state_gradient, c.keys * c.values);
  scale_rows(c.q, w.begin_decay.data(), b.scaled.data(), c.n, c.keys);
  Product p = {.a = b.scaled.data(),
               .a_row = 1,
               .a_column = c.keys,
               .b = output_gradient.data,
               .b_row = output_gradient.step,
               .c = state_gradient,
               .c_row = c.values,
               .rows = c.keys,
               .columns = c.values,
               .inner = c.n,
               .add = true};
  multiply(p);
  Buffer& factor = b.gates;  // dG has been written
  for (size_t i = 0; i < static_cast<size_t>(c.n); ++i) factor[i] = -w.beta[i] * w.begin_decay[i];
  scale_rows(c.k, factor.data(), b.scaled.data(), c.n, c.keys);
  p.b = b.x.data();
  p.b_row = c.values;
  multiply(p);
}

void backward_chunk(const Chunk& c, Gates& w, Backward& b, const float* state, const float* writes,
                    const Rows& output_gradient, float* state_gradient, const DeltaGradients& out) {
  prepare(c, w);
  write_gradient(c, w, b, output_gradient, state_gradient);
  score_gradients(c, w, b, output_gradient, writes);
  state_products(c, b, output_gradient, writes, state, state_gradient);
  mask_gradients(c, w, b, out.beta);
  row_gradients(c, w, b, out);
  add_score_gradients(c, w, b, out);
  if (out.g) {
    float sum = w.last_decay(c) * inner_product(state, state_gradient, c.keys * c.values);
    for (int64_t i = c.n - 1; i >= 0; --i) {
      sum += b.gates[static_cast<size_t>(i)];
      out.g[i * c.gate_step] = sum;
    }
  }
  step_state_gradient(c, w, b, output_gradient, state_gradient);
}

}  // namespace

void delta_chunk_backward(const DeltaShape& shape, const DeltaInputs& in, const DeltaTrace& trace,
                          const float* output_gradient, float* state_gradient,
                          const DeltaGradients& out) {
  Gates w(shape);
  Backward b(shape, w.row);
  for (int64_t i = shape.chunks() - 1; i >= 0; --i) {
    const int64_t t = i * shape.chunk;
    const int64_t keys = t * shape.key_step, values = t * shape.value_step,
                  gates = t * shape.gate_step;
    backward_chunk(chunk_at(shape, in, i), w, b, trace.states + i * shape.keys * shape.values,
                   trace.writes + t * shape.values, {output_gradient + values, shape.value_step},
                   state_gradient,
                   {.q = out.q + keys,
                    .k = out.k + keys,
                    .v = out.v + values,
                    .g = out.g ? out.g + gates : nullptr,
                    .beta = out.beta + gates});
  }
}

}  // namespace tailor::cpu
