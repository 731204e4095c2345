// Inputs of linear-attention recurrences for tests: by the formula of golden values, or random with
// normalised keys; and gradients through any of them.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/rng.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::test {

using Tensors = std::vector<at::Tensor>;

/// Element at flat index i: amplitude * sin(0.9 (i + 1) + seed), in double.
inline at::Tensor sine_fill(double seed, at::IntArrayRef shape, double amplitude) {
  at::Tensor out = at::empty(shape, at::kDouble);
  for (int64_t i = 0; i < out.numel(); ++i) {
    out.data_ptr<double>()[i] = amplitude * std::sin(0.9 * static_cast<double>(i + 1) + seed);
  }
  return out;
}

/// Standard normal, in double.
inline at::Tensor normal_fill(uint64_t seed, at::IntArrayRef shape) {
  at::Tensor out = at::empty(shape, at::kDouble);
  Rng rng(seed);
  for (int64_t i = 0; i < out.numel(); ++i) out.data_ptr<double>()[i] = rng.normal();
  return out;
}

inline Tensors cast(const Tensors& in, at::ScalarType type) {
  Tensors out;
  for (const at::Tensor& x : in) out.push_back(x.defined() ? x.to(type) : x);
  return out;
}

/// A recurrence as a function of its token inputs and a state (may be undefined).
using Rule = std::function<supernet::RecurrenceResult(
    const Tensors& tokens, const at::Tensor& state, supernet::Form form, int64_t chunk)>;

struct RecurrenceCase {
  const char* name;
  Rule rule;
  Tensors tokens;  // [B, T, ...], some undefined
  at::Tensor state;
};

/// Two batches, three heads, keys of `keys` and values of `values`, in double.
inline std::vector<RecurrenceCase> recurrence_cases(int64_t tokens, int64_t keys, int64_t values) {
  using namespace supernet;
  const auto fill = [&](uint64_t seed, int64_t last) {
    return normal_fill(seed, {2, tokens, 3, last});
  };
  const auto unit = [](const at::Tensor& x) {
    return x / (x.square().sum(-1, true) + 1e-6).sqrt();
  };
  const at::Tensor q = fill(1, keys) / std::sqrt(keys), k = unit(fill(2, keys));
  const at::Tensor v = fill(3, values), g = -normal_fill(4, {2, tokens, 3}).abs();
  const at::Tensor beta = normal_fill(5, {2, tokens, 3}).sigmoid();
  const at::Tensor gk = -fill(6, keys).abs() / 4, w = -std::exp(-0.5) * fill(7, keys).sigmoid();
  const at::Tensor a = unit(fill(8, keys)), rate = fill(9, keys).sigmoid();
  const at::Tensor state = normal_fill(10, {2, 3, keys, values}) / 2;
  const Rule delta = [](const Tensors& x, const at::Tensor& s, Form form, int64_t chunk) {
    return gated_delta_rule(x[0], x[1], x[2], x[3], x[4], s, form, chunk);
  };
  const Rule linear = [](const Tensors& x, const at::Tensor& s, Form form, int64_t chunk) {
    return gated_linear_attention(x[0], x[1], x[2], x[3], s, form, chunk);
  };
  const Rule dplr = [](const Tensors& x, const at::Tensor& s, Form form, int64_t chunk) {
    return dplr_delta_rule(x[0], x[1], x[2], x[3], x[4], x[5], s, form, chunk);
  };
  return {{"gated delta", delta, {q, k, v, g, beta}, state},
          {"delta", delta, {q, k, v, {}, beta}, state},
          {"decay per head", linear, {q, k, v, g}, state},
          {"decay per key", linear, {q, k, v, gk}, state},
          {"dplr", dplr, {q, w, k, v, -a, a * rate}, state}};
}

/// Tokens begin, ... of every input.
inline Tensors some_tokens(const Tensors& in, int64_t begin, int64_t count) {
  Tensors out;
  for (const at::Tensor& x : in) out.push_back(x.defined() ? x.narrow(1, begin, count) : x);
  return out;
}

/// Output and final state, then the gradients to every defined input and the state, for fixed
/// gradients of both results.
inline Tensors run_with_gradients(const RecurrenceCase& c, supernet::Form form, int64_t chunk,
                                  at::ScalarType type) {
  Tensors leaves, defined;
  for (const at::Tensor& x : c.tokens) {
    leaves.push_back(x.defined() ? x.to(type).detach().clone().requires_grad_() : x);
    if (x.defined()) defined.push_back(leaves.back());
  }
  const at::Tensor state = c.state.to(type).detach().clone().requires_grad_();
  defined.push_back(state);
  const supernet::RecurrenceResult out = c.rule(leaves, state, form, chunk);
  const Tensors grads = torch::autograd::grad(
      {out.output, out.state}, defined,
      {normal_fill(21, out.output.sizes()).to(type), normal_fill(22, out.state.sizes()).to(type)});
  Tensors all = {out.output.detach(), out.state.detach()};
  all.insert(all.end(), grads.begin(), grads.end());
  return all;
}

/// Largest error of any pair, each relative to the larger of 1 and the wanted one's magnitude.
inline double largest_error(const Tensors& got, const Tensors& want) {
  if (got.size() != want.size()) return INFINITY;
  double worst = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i].sizes() != want[i].sizes()) return INFINITY;
    const at::Tensor w = want[i].to(at::kDouble);
    const double error = (got[i].to(at::kDouble) - w).abs().max().item<double>();
    // A NaN must not pass as small.
    if (!(error <= worst * std::max(1.0, w.abs().max().item<double>()))) {
      worst = error / std::max(1.0, w.abs().max().item<double>());
    }
    if (std::isnan(worst)) return INFINITY;
  }
  return worst;
}

}  // namespace tailor::test
