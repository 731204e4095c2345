// Rows are read once for all vectors.
#include "supernet/torch/kernels/cpu/matrix_vector.h"

#include <algorithm>

#include "supernet/torch/kernels/cpu/dots.h"

namespace tailor::cpu {
namespace {

/// Rows that stay in the first cache while all vectors meet them.
constexpr int64_t kTile = 16;

template <class Stored>
TAILOR_INLINE void multiply(const MatrixVector<Stored>& call, int64_t begin, int64_t end) {
  for (int64_t r = begin; r < end; r += kTile) {
    const int64_t rows = std::min(kTile, end - r);
    for (int64_t v = 0; v < call.count; ++v) {
      dots_of_rows(call.vectors + v * call.d, call.rows + r * call.d, rows, call.d,
                   call.out + v * call.stride + r);
    }
  }
}

}  // namespace

TAILOR_CLONES
void multiply_rows(const MatrixVector<float>& call, int64_t begin, int64_t end) {
  multiply(call, begin, end);
}

TAILOR_CLONES
void multiply_rows(const MatrixVector<uint16_t>& call, int64_t begin, int64_t end) {
  multiply(call, begin, end);
}

}  // namespace tailor::cpu
