// Matrix products and unit triangular solves on small float matrices that stay in cache. Plain
// pointers; instruction set chosen at run time; the order of every sum is fixed.
#pragma once

#include <cstdint>

namespace tailor::cpu {

/// What of a product is worth computing. What is left out of A must hold zeros near the diagonal;
/// what is left out of the result is not written, or holds anything.
enum class Band {
  full,
  lower,        // A is lower triangular
  upper,        // A is upper triangular
  lower_result  // only the result's lower triangle is wanted
};

/// c [rows, columns] = a [rows, inner] * b [inner, columns], or += with `add`. Element (i, l) of a
/// is a[i * a_row + l * a_column], so a may be read transposed; b and c have contiguous rows.
struct Product {
  const float* a;
  int64_t a_row, a_column;
  const float* b;
  int64_t b_row;
  float* c;
  int64_t c_row;
  int64_t rows, columns, inner;
  bool add = false;
  Band band = Band::full;
};

void multiply(const Product& p);

/// x <- (I - n)^-1 x in place by forward substitution; n [rows, rows] strictly lower triangular,
/// x [rows, columns].
void solve_unit_lower(const float* n, int64_t n_row, float* x, int64_t x_row, int64_t rows,
                      int64_t columns);

/// x <- (I - n)^-T x in place by backward substitution, n as above.
void solve_unit_lower_transposed(const float* n, int64_t n_row, float* x, int64_t x_row,
                                 int64_t rows, int64_t columns);

/// out [columns, rows] = in [rows, columns] transposed.
void transpose(const float* in, int64_t in_row, float* out, int64_t out_row, int64_t rows,
               int64_t columns);

}  // namespace tailor::cpu
