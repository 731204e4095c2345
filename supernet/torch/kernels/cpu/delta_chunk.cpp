// Forward pass of the chunked gated delta rule.
#include "supernet/torch/kernels/cpu/delta_chunk.h"

#include "supernet/torch/kernels/cpu/delta_parts.h"
#include "supernet/torch/kernels/cpu/small_gemm.h"
#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

/// x_i <- beta_i (v_i - e^G_i x_i).
TAILOR_CLONES
void innovation(const Chunk& c, const Gates& w, float* x) {
  for (int64_t i = 0; i < c.n; ++i) {
    const float b = w.beta[static_cast<size_t>(i)], d = w.begin_decay[static_cast<size_t>(i)];
    const float* v = c.v[i];
    float* row = x + i * c.values;
    for (int64_t j = 0; j < c.values; ++j) row[j] = b * (v[j] - d * row[j]);
  }
}

/// One chunk's output and writes from the state before it; next may be state.
void forward_chunk(const Chunk& c, Gates& w, float* scaled, const float* state, float* next,
                   float* writes, float* output, int64_t output_step) {
  prepare(c, w);
  Product read = {.a = c.k.data,
                  .a_row = c.k.step,
                  .a_column = 1,
                  .b = state,
                  .b_row = c.values,
                  .c = writes,
                  .c_row = c.values,
                  .rows = c.n,
                  .columns = c.values,
                  .inner = c.keys};
  multiply(read);
  innovation(c, w, writes);
  solve_unit_lower(w.n.data(), w.row, writes, c.values, c.n, c.values);
  scale_rows(c.q, w.begin_decay.data(), scaled, c.n, c.keys);
  read.a = scaled;
  read.a_row = c.keys;
  read.c = output;
  read.c_row = output_step;
  multiply(read);
  multiply({.a = w.p.data(),
            .a_row = w.row,
            .a_column = 1,
            .b = writes,
            .b_row = c.values,
            .c = output,
            .c_row = output_step,
            .rows = c.n,
            .columns = c.values,
            .inner = c.n,
            .add = true,
            .band = Band::lower});
  scale_into(w.last_decay(c), state, next, c.keys * c.values);
  scale_rows(c.k, w.end_decay.data(), scaled, c.n, c.keys);
  multiply({.a = scaled,
            .a_row = 1,
            .a_column = c.keys,
            .b = writes,
            .b_row = c.values,
            .c = next,
            .c_row = c.values,
            .rows = c.keys,
            .columns = c.values,
            .inner = c.n,
            .add = true});
}

}  // namespace

void delta_chunk_forward(const DeltaShape& shape, const DeltaInputs& in, const DeltaTrace& trace,
                         float* output) {
  Gates w(shape);
  Buffer scaled = buffer(shape.chunk * shape.keys);
  const int64_t size = shape.keys * shape.values;
  for (int64_t i = 0; i < shape.chunks(); ++i) {
    float* state = trace.states + (trace.keep ? i * size : 0);
    forward_chunk(chunk_at(shape, in, i), w, scaled.data(), state,
                  trace.keep ? state + size : state,
                  trace.writes + (trace.keep ? i * shape.chunk * shape.values : 0),
                  output + i * shape.chunk * shape.value_step, shape.value_step);
  }
}

}  // namespace tailor::cpu
