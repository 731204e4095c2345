// Our side of tests/bench/delta_rule_vs_pytorch: the gated delta rule on fixed random inputs,
// batch 1. For each line "forward N" or "both N" on stdin, answers with the milliseconds of one of
// N runs (forward alone without gradients, or forward and backward). "decode N" is one token with a
// state. bench_delta_rule TOKENS HEADS KEYS VALUES THREADS
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <iostream>
#include <sstream>

#include "core/error.h"
#include "supernet/torch/kernels/recurrence/normal.h"
#include "supernet/torch/kernels/recurrence/recurrence.h"
#include "tests/bench/bench_main.h"

namespace tailor {
namespace {

using supernet::Form;

/// The same inputs for every run.
struct Inputs {
  at::Tensor q, k, v, g, beta, state;
  Inputs(int64_t tokens, int64_t heads, int64_t keys, int64_t values)
      : q(at::randn({1, tokens, heads, keys}) / std::sqrt(static_cast<double>(keys))),
        k(supernet::l2_normalise(at::randn({1, tokens, heads, keys}))),
        v(at::randn({1, tokens, heads, values})),
        g(-at::rand({1, tokens, heads})),
        beta(at::rand({1, tokens, heads})),
        state(at::zeros({1, heads, keys, values})) {
    for (at::Tensor* x : {&q, &k, &v, &g, &beta}) x->requires_grad_();
  }

  void forward() const {
    const at::NoGradGuard guard;
    supernet::gated_delta_rule(q, k, v, g, beta, state, Form::chunked);
  }
  void both() const {
    const at::Tensor out =
        supernet::gated_delta_rule(q, k, v, g, beta, state, Form::chunked).output;
    torch::autograd::grad({out.sum()}, {q, k, v, g, beta});
  }
  void decode() {
    const at::NoGradGuard guard;
    const auto token = [](const at::Tensor& x) { return x.narrow(1, 0, 1); };
    state = supernet::gated_delta_rule(token(q), token(k), token(v), token(g), token(beta), state,
                                       Form::recurrent)
                .state;
  }
};

double milliseconds(Inputs& inputs, const std::string& what, int64_t runs) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < runs; ++i) {
    if (what == "forward") {
      inputs.forward();
    } else if (what == "both") {
      inputs.both();
    } else if (what == "decode") {
      inputs.decode();
    } else {
      throw ConfigError(str("forward, both or decode, got '", what, "'"));
    }
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  return took.count() / static_cast<double>(runs);
}

int run(const std::vector<std::string>& args) {
  if (args.size() != 5) throw ConfigError("bench_delta_rule TOKENS HEADS KEYS VALUES THREADS");
  at::manual_seed(0);
  at::set_num_threads(std::stoi(args[4]));
  Inputs inputs(std::stoll(args[0]), std::stoll(args[1]), std::stoll(args[2]), std::stoll(args[3]));
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    int64_t runs = 0;
    words >> what >> runs;
    std::cout << milliseconds(inputs, what, runs) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace tailor

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_delta_rule", argc, argv, tailor::run);
}
