// Every recurrence against values computed in double by an independent implementation.
#include "supernet/torch/kernels/recurrence/recurrence.h"

#include "tests/support/recurrence_samples.h"

#include <ATen/ATen.h>

#include "supernet/torch/kernels/recurrence/normal.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

namespace {

/// The values written down for 10 tokens, 4 keys, 3 values, one head, in double.
struct Golden {
  const char* name;
  Rule rule;
  Tensors tokens;
  std::vector<double> first, last;  // output of tokens 0 and 9
  double output_sum, state_sum, state_squares;
};

at::Tensor token_rows(double seed, int64_t width, double amplitude = 1) {
  return sine_fill(seed, {1, 10, 1, width}, amplitude);
}

std::vector<Golden> golden() {
  const at::Tensor q = token_rows(1, 4) / 2, k = token_rows(2, 4), v = token_rows(3, 3);
  const at::Tensor g = -sine_fill(5, {1, 10, 1}, 1).abs();
  const at::Tensor beta = sine_fill(6, {1, 10, 1}, 1).sigmoid();
  const at::Tensor gk = -token_rows(7, 4).abs() / 4;
  const at::Tensor step = at::softplus(sine_fill(5, {1, 10, 1}, 1));
  const at::Tensor w = -std::exp(-0.5) * token_rows(7, 4).sigmoid();
  const at::Tensor key = l2_normalise(token_rows(10, 4)), rate = token_rows(11, 4).sigmoid();
  const auto cases = recurrence_cases(1, 2, 2);  // for the rules
  const Rule delta = cases[0].rule, linear = cases[2].rule, dplr = cases[4].rule;
  const Rule ssd = [linear, v](const Tensors& x, const at::Tensor& s, Form form, int64_t chunk) {
    RecurrenceResult out = linear(x, s, form, chunk);
    out.output = out.output + 0.7 * v.to(out.output.scalar_type());
    return out;
  };
  const at::Tensor unit = l2_normalise(k);
  return {{"gated delta",
           delta,
           {q, unit, v, g, beta},
           {-0.274888860, -0.367915687, -0.182511257},
           {-0.082560391, -0.305504019, -0.297248296},
           -0.5897848283,
           2.2648335467,
           0.9201261184},
          {"delta",
           delta,
           {q, unit, v, {}, beta},
           {-0.312490193, -0.408670416, -0.195577015},
           {-0.550867972, -0.694379575, -0.312398559},
           -1.1350450205,
           4.3781164728,
           4.5155574592},
          {"RetNet",
           linear,
           {q, k, v, at::full({1, 10, 1}, std::log(1 - 0x1p-7), at::kDouble)},
           {-0.558123618, -0.740598680, -0.362603426},
           {-3.487092695, -4.889683412, -2.591859207},
           -6.2472434003,
           28.5962754437,
           146.5761050866},
          {"GLA",
           linear,
           {q, k, v, gk},
           {-0.504165884, -0.685387646, -0.347921702},
           {-1.794957949, -2.667856506, -1.521774447},
           -3.5283706323,
           16.4098177079,
           44.6913108767},
          {"SSD",
           ssd,
           {2 * q, k, v * step.unsqueeze(-1), -std::exp(0.3) * step},
           {-1.057793920, -1.464714158, -0.763167922},
           {-0.013046963, -1.574058381, -1.943853797},
           -2.7899087217,
           5.1265869573,
           6.0777377868},
          {"RWKV7",
           dplr,
           {2 * q, w, k, v, -key, key * rate},
           {-0.876767588, -1.277786742, -0.711802364},
           {-0.993975599, -1.906206790, -1.375858686},
           -3.0880887616,
           9.0152266494,
           12.4739035889}};
}

void check_golden(const Golden& c, const RecurrenceResult& out, double tolerance) {
  INFO(c.name << " in " << out.output.scalar_type());
  const at::Tensor output = out.output.to(at::kDouble).reshape({10, 3});
  const at::Tensor state = out.state.to(at::kDouble);
  for (int64_t i = 0; i < 3; ++i) {
    const auto at = static_cast<size_t>(i);
    CHECK(std::abs(output[0][i].item<double>() - c.first[at]) < tolerance);
    CHECK(std::abs(output[9][i].item<double>() - c.last[at]) < tolerance);
  }
  CHECK(std::abs(output.sum().item<double>() - c.output_sum) < tolerance);
  CHECK(std::abs(state.sum().item<double>() - c.state_sum) < tolerance);
  CHECK(std::abs(state.square().sum().item<double>() - c.state_squares) <
        tolerance * std::max(1.0, c.state_squares));
}

}  // namespace

TEST_CASE("recurrences give their golden values in both forms and types") {
  const at::Tensor state = sine_fill(4, {1, 1, 4, 3}, 0.5);
  for (const Golden& c : golden()) {
    for (const Form form : {Form::chunked, Form::recurrent}) {
      for (const int64_t chunk : {3, 4, 64}) {
        // Written to 9 decimals: half a unit of the last one.
        check_golden(c, c.rule(c.tokens, state, form, chunk), 1e-9);
        check_golden(c, c.rule(cast(c.tokens, at::kFloat), state.to(at::kFloat), form, chunk),
                     1e-5);
      }
    }
  }
}
