// Small products and triangular solves against ATen in double.
#include "supernet/torch/kernels/cpu/small_gemm.h"

#include <ATen/ATen.h>

#include "supernet/torch/kernels/cpu/exp.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::cpu;

namespace {

const float* data(const at::Tensor& x) { return x.data_ptr<float>(); }

/// The product of a [m, k] (as it lies in memory, transposed or not) and b.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& start, Band band) {
  at::Tensor c = start.clone();
  multiply({.a = data(a),
            .a_row = a.stride(0),
            .a_column = a.stride(1),
            .b = data(b),
            .b_row = b.stride(0),
            .c = c.data_ptr<float>(),
            .c_row = c.stride(0),
            .rows = a.size(0),
            .columns = b.size(1),
            .inner = a.size(1),
            .add = true,
            .band = band});
  return c;
}

}  // namespace

TEST_CASE("products of every edge match ATen") {
  for (const int64_t m : {1, 3, 8, 21}) {
    for (const int64_t n : {1, 7, 8, 31, 72}) {
      const at::Tensor a = test::random_tensor({m, 13}, 1), b = test::random_tensor({13, n}, 2),
                       c = test::random_tensor({m, n}, 3);
      const at::Tensor want = c.to(at::kDouble) + at::mm(a.to(at::kDouble), b.to(at::kDouble));
      CHECK(test::relative_error(product(a, b, c, Band::full), want) < 1e-6);
      CHECK(test::relative_error(product(a.t().contiguous().t(), b, c, Band::full), want) < 1e-6);
    }
  }
}

TEST_CASE("bands leave out zeros and unwanted results") {
  const at::Tensor square = test::random_tensor({37, 37}, 1), b = test::random_tensor({37, 40}, 2);
  const at::Tensor zero = at::zeros({37, 40}), corner = at::zeros({37, 37});
  const auto exact = [](const at::Tensor& x, const at::Tensor& y) {
    return at::mm(x.to(at::kDouble), y.to(at::kDouble));
  };
  const at::Tensor lower = square.tril(), upper = square.triu();
  CHECK(test::relative_error(product(lower, b, zero, Band::lower), exact(lower, b)) < 1e-6);
  CHECK(test::relative_error(product(upper, b, zero, Band::upper), exact(upper, b)) < 1e-6);
  CHECK(test::relative_error(product(square, square, corner, Band::lower_result).tril(),
                             exact(square, square).tril()) < 1e-6);
}

TEST_CASE("triangular solves and transposes match ATen") {
  for (const int64_t rows : {1, 8, 30, 64}) {
    const at::Tensor n = (test::random_tensor({rows, rows}, 1) * 0.2).tril(-1).contiguous();
    const at::Tensor x = test::random_tensor({rows, 50}, 2);
    const at::Tensor system = at::eye(rows, at::kDouble) - n.to(at::kDouble);
    at::Tensor forward = x.clone(), backward = x.clone(), turned = at::empty({50, rows});
    solve_unit_lower(data(n), rows, forward.data_ptr<float>(), 50, rows, 50);
    solve_unit_lower_transposed(data(n), rows, backward.data_ptr<float>(), 50, rows, 50);
    transpose(data(x), 50, turned.data_ptr<float>(), rows, rows, 50);
    const at::Tensor want = x.to(at::kDouble);
    CHECK(test::relative_error(at::mm(system, forward.to(at::kDouble)), want) < 1e-5);
    CHECK(test::relative_error(at::mm(system.t(), backward.to(at::kDouble)), want) < 1e-5);
    CHECK(test::same_bits(turned, x.t().contiguous()));
  }
}

TEST_CASE("exp of log decays is accurate, 0 far below and never above 1") {
  double worst = 0;
  for (int i = 0; i <= 8600; ++i) {
    const float x = -0.01f * static_cast<float>(i);
    const Vec16 got = exp_nonpositive(Vec16{} + x);
    const double want = std::exp(static_cast<double>(x));
    worst = std::max(worst, std::abs(static_cast<double>(got[i % 16]) - want) / want);
  }
  CHECK(worst < 3e-7);
  CHECK(exp_nonpositive(Vec16{})[0] == 1.0f);
  CHECK(exp_nonpositive(Vec16{} + 50.0f)[3] == 1.0f);
  CHECK(exp_nonpositive(Vec16{} - 1e30f)[5] == 0.0f);
}
