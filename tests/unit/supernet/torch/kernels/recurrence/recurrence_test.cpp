// Every recurrence: chunked against token by token with all gradients, cuts, decoding, finite
// differences, bfloat16, threads, errors.
// covers: supernet/torch/kernels/recurrence/chunks.cpp
// covers: supernet/torch/kernels/recurrence/decayed_scores.cpp
// covers: supernet/torch/kernels/recurrence/gated_linear_attention.cpp
// covers: supernet/torch/kernels/recurrence/dplr_delta_rule.cpp
// covers: supernet/torch/kernels/cpu/token_rules.cpp
#include "supernet/torch/kernels/recurrence/recurrence.h"

#include "tests/support/recurrence_samples.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

namespace {

RecurrenceResult run(const RecurrenceCase& c, Form form, int64_t chunk) {
  return c.rule(c.tokens, c.state, form, chunk);
}

/// The same tokens in pieces, the state handed on.
RecurrenceResult run_in_pieces(const RecurrenceCase& c, Form form, int64_t chunk, Rng& rng) {
  const int64_t tokens = c.tokens[0].size(1);
  RecurrenceResult all = {{}, c.state};
  Tensors outputs;
  for (int64_t t = 0; t < tokens;) {
    const int64_t count = 1 + rng.below(tokens - t);
    const RecurrenceResult piece = c.rule(some_tokens(c.tokens, t, count), all.state, form, chunk);
    outputs.push_back(piece.output);
    all.state = piece.state;
    t += count;
  }
  all.output = at::cat(outputs, 1);
  return all;
}

}  // namespace

TEST_CASE("chunked and token by token are one function with one gradient") {
  for (const int64_t tokens : {1, 63, 64, 65, 100, 257}) {
    for (const RecurrenceCase& c : recurrence_cases(tokens, 20, 12)) {
      const Tensors want = run_with_gradients(c, Form::recurrent, 64, at::kDouble);
      for (const int64_t chunk : {1, 16, 37, 64, 128}) {
        if (chunk == 1 && tokens > 65) continue;
        INFO(c.name << ", " << tokens << " tokens, chunk " << chunk);
        CHECK(largest_error(run_with_gradients(c, Form::chunked, chunk, at::kDouble), want) <
              1e-11);
        CHECK(largest_error(run_with_gradients(c, Form::chunked, chunk, at::kFloat), want) < 2e-5);
      }
    }
  }
}

TEST_CASE("without gradients the plain loops give the same") {
  at::NoGradGuard guard;
  for (const int64_t values : {3, 24, 64, 100}) {
    for (const int64_t tokens : {1, 5, 70}) {
      for (RecurrenceCase c : recurrence_cases(tokens, 20, values)) {
        const RecurrenceResult want = run(c, Form::recurrent, 64);
        c.tokens = cast(c.tokens, at::kFloat);
        c.state = c.state.to(at::kFloat);
        const at::Tensor before = c.state.clone();
        for (const Form form : {Form::chunked, Form::recurrent}) {
          INFO(c.name << ", " << tokens << " tokens, " << values << " values");
          const RecurrenceResult got = run(c, form, 32);
          CHECK(got.output.scalar_type() == at::kFloat);
          CHECK(largest_error({got.output, got.state}, {want.output, want.state}) < 2e-6);
        }
        CHECK(c.state.equal(before));
      }
    }
  }
}

TEST_CASE("any cutting of the tokens gives the same") {
  Rng rng(7);
  for (const RecurrenceCase& c : recurrence_cases(90, 8, 6)) {
    const RecurrenceResult want = run(c, Form::recurrent, 64);
    for (int i = 0; i < 6; ++i) {
      const Form form = i % 2 == 0 ? Form::chunked : Form::recurrent;
      const RecurrenceResult got = run_in_pieces(c, form, 16 << (i / 2), rng);
      INFO(c.name);
      CHECK(largest_error({got.output, got.state}, {want.output, want.state}) < 1e-12);
      RecurrenceCase single = c;
      single.tokens = cast(c.tokens, at::kFloat);
      single.state = c.state.to(at::kFloat);
      const RecurrenceResult rounded = run_in_pieces(single, form, 16, rng);
      CHECK(largest_error({rounded.output, rounded.state}, {want.output, want.state}) < 1e-5);
    }
  }
}

TEST_CASE("an undefined state is zeros, and only one result may carry a gradient") {
  for (const RecurrenceCase& c : recurrence_cases(20, 4, 3)) {
    for (const Form form : {Form::chunked, Form::recurrent}) {
      INFO(c.name);
      const auto got = c.rule(c.tokens, {}, form, 8);
      const auto want = c.rule(c.tokens, at::zeros_like(c.state), form, 8);
      CHECK(largest_error({got.output, got.state}, {want.output, want.state}) == 0);
      const at::Tensor state = c.state.clone().requires_grad_();
      const auto out = c.rule(c.tokens, state, form, 8);
      const at::Tensor by_output = torch::autograd::grad({out.output.sum()}, {state}, {}, true)[0];
      const at::Tensor by_state = torch::autograd::grad({out.state.sum()}, {state}, {}, true)[0];
      const at::Tensor both =
          torch::autograd::grad({out.output.sum() + out.state.sum()}, {state})[0];
      CHECK(by_output.abs().max().item<double>() > 1e-3);
      CHECK(by_state.abs().max().item<double>() > 1e-9);
      CHECK(largest_error({by_output + by_state}, {both}) < 1e-12);
    }
  }
}

TEST_CASE("gradients of chunked recurrences match finite differences") {
  const double h = 1e-6;
  for (const RecurrenceCase& c : recurrence_cases(9, 3, 2)) {
    const Tensors grads = run_with_gradients(c, Form::chunked, 4, at::kDouble);
    const auto value = [&](const Tensors& tokens, const at::Tensor& state) {
      const RecurrenceResult out = c.rule(tokens, state, Form::chunked, 4);
      return (out.output * normal_fill(21, out.output.sizes())).sum().item<double>() +
             (out.state * normal_fill(22, out.state.sizes())).sum().item<double>();
    };
    size_t at = 2;  // after output and state
    for (size_t i = 0; i <= c.tokens.size(); ++i) {
      const at::Tensor& x = i < c.tokens.size() ? c.tokens[i] : c.state;
      if (!x.defined()) continue;
      const at::Tensor direction = normal_fill(30 + i, x.sizes());
      const auto moved = [&](double by) {
        Tensors tokens = c.tokens;
        at::Tensor state = c.state;
        (i < c.tokens.size() ? tokens[i] : state) = x + by * direction;
        return value(tokens, state);
      };
      const double numeric = (moved(h) - moved(-h)) / (2 * h);
      INFO(c.name << ", input " << i);
      CHECK((grads[at++] * direction).sum().item<double>() == Approx(numeric).epsilon(1e-7));
    }
  }
}

TEST_CASE("strong and absent decay stay finite and exact") {
  for (const double level : {0.0, -50.0}) {
    for (RecurrenceCase c : recurrence_cases(130, 8, 6)) {
      for (at::Tensor& x : c.tokens) {
        if (!x.defined() || x.max().item<double>() > 0) continue;  // log decays alone are negative
        x = x.clone();
        x.narrow(1, 3, level == 0 ? 127 : 40).fill_(level);
      }
      // Without decay only the delta rules stay bounded; all must agree.
      const Tensors want = run_with_gradients(c, Form::recurrent, 64, at::kDouble);
      INFO(c.name << " at " << level);
      CHECK(largest_error(run_with_gradients(c, Form::chunked, 64, at::kDouble), want) < 1e-10);
      // Totals of a decay per key are kept in float32: 40 tokens at -50 round to 2^-14.
      const bool per_key =
          c.tokens.size() == 6 || (c.tokens[3].defined() && c.tokens[3].dim() == 4);
      CHECK(largest_error(run_with_gradients(c, Form::chunked, 64, at::kFloat), want) <
            (per_key ? 5e-4 : 2e-5));
    }
  }
}

TEST_CASE("bfloat16 inputs are summed in float32 and keep a float32 state") {
  for (const RecurrenceCase& c : recurrence_cases(40, 16, 8)) {
    Tensors rounded = cast(c.tokens, at::kBFloat16);
    for (size_t i = 0; i < rounded.size(); ++i) {  // log decays come in float32
      if (rounded[i].defined() && rounded[i].max().item<double>() <= 0) {
        rounded[i] = c.tokens[i].to(at::kFloat);
      }
    }
    const at::Tensor state = c.state.to(at::kFloat);
    const auto want = c.rule(cast(rounded, at::kFloat), state, Form::recurrent, 64);
    for (const Form form : {Form::chunked, Form::recurrent}) {
      const auto got = c.rule(rounded, state, form, 16);
      INFO(c.name);
      CHECK(got.output.scalar_type() == at::kBFloat16);
      CHECK(got.state.scalar_type() == at::kFloat);
      CHECK(largest_error({got.state}, {want.state}) < 1e-5);
      CHECK(largest_error({got.output}, {want.output}) < 0x1p-8);
    }
  }
}

TEST_CASE("results do not depend on the number of threads") {
  for (const RecurrenceCase& c : recurrence_cases(100, 16, 24)) {
    if (std::string(c.name) == "decay per key" || std::string(c.name) == "dplr") continue;
    const Tensors one = run_with_gradients(c, Form::chunked, 32, at::kFloat);
    at::set_num_threads(2);
    const Tensors two = run_with_gradients(c, Form::chunked, 32, at::kFloat);
    at::set_num_threads(1);
    INFO(c.name);
    CHECK(largest_error(two, one) == 0);
  }
}

TEST_CASE("wrong shapes are errors that name the input") {
  const RecurrenceCase c = recurrence_cases(5, 4, 3)[0];
  const Tensors& x = c.tokens;
  const auto error = [&](const at::Tensor& k, const at::Tensor& beta, const at::Tensor& state,
                         int64_t chunk) {
    return error_text<ShapeError>(
        [&] { gated_delta_rule(x[0], k, x[2], x[3], beta, state, Form::chunked, chunk); });
  };
  CHECK(error(x[1].narrow(1, 0, 4), x[4], c.state, 64) ==
        "gated_delta_rule: k must be [2, 5, 3, 4], got [2, 4, 3, 4]");
  CHECK(error(x[1], {}, c.state, 64) == "gated_delta_rule: beta must be [2, 5, 3], got nothing");
  CHECK(error(x[1], x[4], c.state.mT(), 64) ==
        "gated_delta_rule: state must be [2, 3, 4, 3], got [2, 3, 3, 4]");
  CHECK(error(x[1], x[4], c.state, 0) == "gated_delta_rule: chunk must be at least 1, got 0");
}
