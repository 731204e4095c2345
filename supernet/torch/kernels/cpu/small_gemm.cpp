// A register tile of up to 8 rows and 32 columns runs over the inner dimension; edges take smaller
// tiles.
#include "supernet/torch/kernels/cpu/small_gemm.h"

#include <algorithm>
#include <type_traits>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

// Rows that a solve treats by substitution before the rest is a product.
constexpr int64_t kSolveRows = 8;

/// Rows i, ... (R of them) and columns j, ... (N blocks of T) of the result.
template <class T, int R, int N>
TAILOR_INLINE void tile(const Product& p, int64_t i, int64_t j, int64_t begin, int64_t end) {
  T sums[R][N] = {};
  const float* a = p.a + i * p.a_row + begin * p.a_column;
  const float* b = p.b + begin * p.b_row + j;
  for (int64_t l = begin; l < end; ++l, a += p.a_column, b += p.b_row) {
    T row[N];
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) load(row[n], b + n * lanes<T>);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const float value = a[r * p.a_row];
#pragma GCC unroll 2
      for (int n = 0; n < N; ++n) sums[r][n] += value * row[n];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 2
    for (int n = 0; n < N; ++n) {
      float* to = p.c + (i + r) * p.c_row + j + n * lanes<T>;
      if (p.add) {
        T old;
        load(old, to);
        sums[r][n] += old;
      }
      store(to, sums[r][n]);
    }
  }
}

template <int R>
TAILOR_INLINE void row_block(const Product& p, int64_t i) {
  const int64_t begin = p.band == Band::upper ? i : 0;
  const int64_t end = p.band == Band::lower ? std::min(p.inner, i + R) : p.inner;
  const int64_t columns = p.band == Band::lower_result ? std::min(p.columns, i + R) : p.columns;
  int64_t j = 0;
  for (; j + 32 <= columns; j += 32) tile<Vec16, R, 2>(p, i, j, begin, end);
  for (; j + 16 <= columns; j += 16) tile<Vec16, R, 1>(p, i, j, begin, end);
  for (; j + 8 <= columns; j += 8) tile<Vec8, R, 1>(p, i, j, begin, end);
  for (; j < columns; ++j) tile<float, R, 1>(p, i, j, begin, end);
}

/// x[i] += sum over rows first <= j < last of n(i, j) x[j], for the rows i of one block.
void subtract_rows(const float* n, int64_t n_row, int64_t n_column, float* x, int64_t x_row,
                   int64_t i, int64_t rows, int64_t first, int64_t last, int64_t columns) {
  if (first >= last) return;
  multiply({.a = n + i * n_row + first * n_column,
            .a_row = n_row,
            .a_column = n_column,
            .b = x + first * x_row,
            .b_row = x_row,
            .c = x + i * x_row,
            .c_row = x_row,
            .rows = rows,
            .columns = columns,
            .inner = last - first,
            .add = true});
}

}  // namespace

TAILOR_CLONES
void multiply(const Product& p) {
  int64_t i = 0;
  for (; i + 8 <= p.rows; i += 8) row_block<8>(p, i);
  for (; i + 4 <= p.rows; i += 4) row_block<4>(p, i);
  for (; i < p.rows; ++i) row_block<1>(p, i);
}

void solve_unit_lower(const float* n, int64_t n_row, float* x, int64_t x_row, int64_t rows,
                      int64_t columns) {
  for (int64_t begin = 0; begin < rows; begin += kSolveRows) {
    const int64_t end = std::min(rows, begin + kSolveRows);
    subtract_rows(n, n_row, 1, x, x_row, begin, end - begin, 0, begin, columns);
    for (int64_t i = begin + 1; i < end; ++i) {
      subtract_rows(n, n_row, 1, x, x_row, i, 1, begin, i, columns);
    }
  }
}

void solve_unit_lower_transposed(const float* n, int64_t n_row, float* x, int64_t x_row,
                                 int64_t rows, int64_t columns) {
  for (int64_t end = rows; end > 0;) {
    const int64_t begin = (end - 1) / kSolveRows * kSolveRows;
    subtract_rows(n, 1, n_row, x, x_row, begin, end - begin, end, rows, columns);
    for (int64_t i = end - 2; i >= begin; --i) {
      subtract_rows(n, 1, n_row, x, x_row, i, 1, i + 1, end, columns);
    }
    end = begin;
  }
}

TAILOR_CLONES
void transpose(const float* in, int64_t in_row, float* out, int64_t out_row, int64_t rows,
               int64_t columns) {
  constexpr int64_t kBlock = 16;  // a block of either side fits the first-level cache's ways
  for (int64_t i = 0; i < rows; i += kBlock) {
    const int64_t i_end = std::min(rows, i + kBlock);
    for (int64_t j = 0; j < columns; ++j) {
      for (int64_t r = i; r < i_end; ++r) out[j * out_row + r] = in[r * in_row + j];
    }
  }
}

}  // namespace tailor::cpu
