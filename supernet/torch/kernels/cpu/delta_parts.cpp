#include "supernet/torch/kernels/cpu/delta_parts.h"

#include "supernet/torch/kernels/cpu/exp.h"
#include "supernet/torch/kernels/cpu/small_gemm.h"

namespace tailor::cpu {
namespace {

/// to[j] = e^(high - low[j]) over whole blocks of 16; count is rounded up.
TAILOR_INLINE void exp_difference(double high, const double* low, float* to, int64_t count) {
  for (int64_t j = 0; j < count; j += 16) {
    float difference[16];
    for (int64_t l = 0; l < 16; ++l) difference[l] = static_cast<float>(high - low[j + l]);
    Vec16 v;
    load(v, difference);
    store(to + j, exp_nonpositive(v));
  }
}

TAILOR_CLONES
void decays(const Chunk& c, Gates& w) {
  const int64_t row = w.row;
  double sum = 0;
  float* begin = w.begin_decay.data();
  for (int64_t i = 0; i < c.n; ++i) {
    if (c.g) sum += static_cast<double>(c.g[i * c.gate_step]);
    w.total[static_cast<size_t>(i)] = sum;
    w.beta[static_cast<size_t>(i)] = c.beta[i * c.gate_step];
    begin[i] = static_cast<float>(sum);
  }
  const double* total = w.total.data();
  exp_difference(sum, total, w.end_decay.data(), c.n);
  for (int64_t j = 0; j < row; j += 16) {
    Vec16 v;
    load(v, begin + j);
    store(begin + j, exp_nonpositive(v));
  }
  for (int64_t i = 0; i < c.n; ++i) {
    exp_difference(total[i], total, w.decay.data() + i * row, i + 1);
  }
}

/// alike <- D alike, n <- -beta alike strictly below the diagonal, p <- D p up to it; 0 elsewhere.
TAILOR_CLONES
void mask_scores(int64_t count, Gates& w) {
  for (int64_t i = 0; i < count; ++i) {
    const float* d = w.decay.data() + i * w.row;
    float *n = w.n.data() + i * w.row, *p = w.p.data() + i * w.row;
    float* alike = w.alike.data() + i * w.row;
    const float factor = -w.beta[static_cast<size_t>(i)];
    for (int64_t j = 0; j <= i; ++j) {
      alike[j] *= d[j];
      n[j] = factor * alike[j];
      p[j] *= d[j];
    }
    std::fill(n + i, n + w.row, 0.0f);
    std::fill(p + i + 1, p + w.row, 0.0f);
  }
}

}  // namespace

void prepare(const Chunk& c, Gates& w) {
  decays(c, w);
  float* kt = w.keys_transposed.data();
  transpose(c.k.data, c.k.step, kt, w.row, c.n, c.keys);
  Product scores = {.a = c.k.data,
                    .a_row = c.k.step,
                    .a_column = 1,
                    .b = kt,
                    .b_row = w.row,
                    .c = w.alike.data(),
                    .c_row = w.row,
                    .rows = c.n,
                    .columns = c.n,
                    .inner = c.keys,
                    .band = Band::lower_result};
  multiply(scores);
  scores.a = c.q.data;
  scores.a_row = c.q.step;
  scores.c = w.p.data();
  multiply(scores);
  mask_scores(c.n, w);
}

TAILOR_CLONES
void scale_rows(const Rows& from, const float* factor, float* to, int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; ++i) {
    const float f = factor[i];
    const float* in = from[i];
    float* out = to + i * columns;
    for (int64_t j = 0; j < columns; ++j) out[j] = f * in[j];
  }
}

TAILOR_CLONES
void scale_into(float factor, const float* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = factor * from[i];
}

}  // namespace tailor::cpu
