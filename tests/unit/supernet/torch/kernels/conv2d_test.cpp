// Convolutions against ATen in double: our depthwise kernels on every shape class, and the rest.
// covers: supernet/torch/kernels/cpu/depthwise.cpp
#include "supernet/ops/conv2d.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "supernet/torch/kernels/kernel.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

struct Case {
  int64_t batch, channels, out, size, kernel, stride, padding, groups;
  bool bias = false;
};

struct Result {
  at::Tensor y, dx, dw;
};

/// Output and both gradients; `run` gets x and the weight as leaves.
template <class Run>
Result differentiate(at::Tensor x, at::Tensor w, const at::Tensor& dy, const Run& run) {
  x = x.detach().requires_grad_();
  w = w.detach().requires_grad_();
  const at::Tensor y = run(x, w);
  y.backward(dy.to(y.scalar_type()));
  return {y.detach(), x.grad(), w.grad()};
}

void check_case(const Case& c, at::MemoryFormat format = at::MemoryFormat::ChannelsLast) {
  INFO("batch " << c.batch << " channels " << c.channels << " out " << c.out << " size " << c.size
                << " kernel " << c.kernel << " stride " << c.stride << " padding " << c.padding
                << " groups " << c.groups);
  const at::Tensor x =
      test::random_tensor({c.batch, c.channels, c.size, c.size}, 1).contiguous(format);
  const Shape shape = {c.out, c.channels / c.groups, c.kernel, c.kernel};
  const at::Tensor w = test::random_tensor(shape, 2), b = test::random_tensor({c.out}, 3);
  Node node{.name = "conv",
            .op = std::make_shared<Conv2d>(c.stride, c.padding, c.groups),
            .inputs = {0},
            .weights = {whole_weight("w", Role::weight, Init::zeros, shape)},
            .shape = {}};
  if (c.bias) node.weights.push_back(whole_weight("b", Role::bias, Init::zeros, {c.out}));
  auto ours = [&](const at::Tensor& in, const at::Tensor& weight) {
    const std::vector<at::Tensor> weights = {weight, b};
    return find_kernel("conv2d")({.node = node,
                                  .inputs = std::span(&in, 1),
                                  .weights = std::span(weights).first(c.bias ? 2 : 1),
                                  .mode = RunMode::train});
  };
  auto exact = [&](const at::Tensor& in, const at::Tensor& weight) {
    return at::conv2d(in, weight, c.bias ? b.to(at::kDouble) : at::Tensor(), c.stride, c.padding, 1,
                      c.groups);
  };
  const at::Tensor like = exact(x.to(at::kDouble), w.to(at::kDouble));
  const at::Tensor dy = test::random_tensor(like.sizes().vec(), 4);
  const Result got = differentiate(x, w, dy, ours);
  const Result want = differentiate(x.to(at::kDouble), w.to(at::kDouble), dy, exact);
  CHECK(test::relative_error(got.y, want.y) < 1e-5);
  CHECK(test::relative_error(got.dx, want.dx) < 1e-5);
  CHECK(test::relative_error(got.dw, want.dw) < 1e-5);
}

void check_depthwise(int64_t batch, int64_t channels, int64_t size, int64_t kernel, int64_t stride,
                     int64_t padding) {
  check_case({batch, channels, channels, size, kernel, stride, padding, channels});
}

}  // namespace

TEST_CASE("depthwise convolutions and their gradients equal ATen's in double") {
  for (int64_t kernel : {3, 5, 7}) {
    for (int64_t stride : {1, 2}) {
      for (int64_t size : {5, 7, 14, 28}) {
        for (int64_t channels : {1, 3, 8, 13, 16, 24, 40, 72, 100}) {
          check_depthwise(2, channels, size, kernel, stride, kernel / 2);
        }
      }
      check_depthwise(1, 960, 7, kernel, stride, kernel / 2);
    }
  }
}

TEST_CASE("depthwise convolutions at the edges: any padding, stride, and maps below the kernel") {
  for (int64_t kernel : {3, 5, 7}) {
    for (int64_t padding = 0; padding < kernel; ++padding) {
      for (int64_t stride : {1, 2, 3}) {
        check_depthwise(3, 19, 9, kernel, stride, padding);
        if (1 + 2 * padding >= kernel) check_depthwise(1, 24, 1, kernel, stride, padding);
        if (2 + 2 * padding >= kernel) check_depthwise(2, 17, 2, kernel, stride, padding);
      }
    }
  }
  check_depthwise(33, 4, 6, 3, 1, 1);  // more images than a chunk
}

TEST_CASE("convolutions that are not ours to compute: dense, grouped, even or padded kernels") {
  check_case({2, 6, 10, 9, 3, 1, 1, 1});
  check_case({2, 6, 10, 9, 1, 1, 0, 1, true});
  check_case({2, 6, 12, 9, 3, 2, 1, 3, true});
  check_case({2, 6, 12, 9, 3, 1, 1, 6});       // two outputs a channel
  check_case({2, 6, 6, 8, 4, 2, 1, 6});        // even kernel
  check_case({2, 6, 6, 8, 9, 1, 4, 6});        // larger than we have
  check_case({2, 6, 6, 8, 3, 1, 3, 6});        // padding as large as the kernel
  check_case({2, 1, 1, 8, 3, 1, 1, 1, true});  // one channel: dense and depthwise are one
}

TEST_CASE("convolutions take inputs of either memory layout, and a bias") {
  for (auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    check_case({2, 24, 24, 10, 5, 1, 2, 24, true}, format);
    check_case({2, 8, 12, 10, 3, 1, 1, 1, true}, format);
  }
}

TEST_CASE("a depthwise convolution takes a gradient in either layout and a cut weight") {
  const at::Tensor stored = test::random_tensor({40, 1, 7, 7}, 5).requires_grad_();
  const at::Tensor cut = stored.narrow(0, 0, 24).narrow(2, 1, 5).narrow(3, 1, 5);
  const at::Tensor x = test::random_tensor({2, 24, 8, 8}, 6);
  const Node node{.name = "conv",
                  .op = std::make_shared<Conv2d>(1, 2, 24),
                  .inputs = {0},
                  .weights = {whole_weight("w", Role::weight, Init::zeros, {24, 1, 5, 5})},
                  .shape = {}};
  const at::Tensor y = find_kernel("conv2d")({.node = node,
                                              .inputs = std::span(&x, 1),
                                              .weights = std::span(&cut, 1),
                                              .mode = RunMode::train});
  const at::Tensor dy = test::random_tensor({2, 24, 8, 8}, 7);  // NCHW
  y.backward(dy);
  at::Tensor want = at::zeros({40, 1, 7, 7});
  const at::Tensor leaf = cut.detach().clone().requires_grad_();
  at::conv2d(x, leaf, {}, 1, 2, 1, 24).backward(dy);
  want.narrow(0, 0, 24).narrow(2, 1, 5).narrow(3, 1, 5).copy_(leaf.grad());
  CHECK(test::relative_error(stored.grad(), want) < 1e-5);
}

TEST_CASE("depthwise results do not depend on the number of threads") {
  const at::Tensor x = test::random_tensor({5, 40, 14, 14}, 1),
                   w = test::random_tensor({40, 1, 5, 5}, 2);
  const Node node{.name = "conv",
                  .op = std::make_shared<Conv2d>(1, 2, 40),
                  .inputs = {0},
                  .weights = {whole_weight("w", Role::weight, Init::zeros, {40, 1, 5, 5})},
                  .shape = {}};
  auto run = [&](int threads) {
    at::set_num_threads(threads);
    const Result out =
        differentiate(x, w, test::random_tensor({5, 40, 14, 14}, 3),
                      [&](const at::Tensor& in, const at::Tensor& weight) {
                        return find_kernel("conv2d")({.node = node,
                                                      .inputs = std::span(&in, 1),
                                                      .weights = std::span(&weight, 1),
                                                      .mode = RunMode::train});
                      });
    at::set_num_threads(1);
    return out;
  };
  const Result one = run(1), two = run(2);
  CHECK(test::same_bits(one.y, two.y));
  CHECK(test::same_bits(one.dx, two.dx));
  CHECK(test::same_bits(one.dw, two.dw));
}
