// What every operation's kernel promises: the shape rule's shape, ATen's values, the formula's
// multiply-accumulates, and a gradient that agrees with differences.
// covers: supernet/torch/kernels/
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <map>
#include <set>

#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"
#include "supernet/torch/kernels/kernel.h"
#include "tests/support/sequence_ops.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using Tensors = std::vector<at::Tensor>;

namespace {

struct Weight {
  Role role;
  Shape shape;
};

/// One use of an operation: what it gets, and what ATen makes of (inputs, weights).
struct Case {
  OpPtr op;
  std::vector<Shape> inputs;
  std::vector<Weight> weights;
  std::function<at::Tensor(const Tensors&, const Tensors&)> reference;
};

template <class T, class Fill>
OpPtr op(const Fill& fill) {
  auto made = std::make_shared<T>();
  fill(*made);
  return made;
}
template <class T>
OpPtr op() {
  return std::make_shared<T>();
}

const Shape kMap = {2, 6, 8, 8};

Case pool(const std::string& mode, int64_t kernel, int64_t stride, int64_t padding, int64_t ceil) {
  return {op<Pool>([&](Pool& p) {
            p.mode = mode;
            p.kernel = kernel;
            p.stride = stride;
            p.padding = padding;
            p.ceil_mode = ceil;
          }),
          {kMap},
          {},
          [=](const Tensors& x, const Tensors&) {
            return mode == "max" ? at::max_pool2d(x[0], kernel, stride, padding, 1, ceil != 0)
                                 : at::avg_pool2d(x[0], kernel, stride, padding, ceil != 0, false);
          }};
}

Case resample(const std::string& mode, int64_t up, int64_t down) {
  return {op<Resample>([&](Resample& r) {
            r.mode = mode;
            r.up = up;
            r.down = down;
          }),
          {kMap},
          {},
          [=](const Tensors& x, const Tensors&) {
            const std::vector<int64_t> size = {8 * up / down, 8 * up / down};
            return mode == "nearest" ? at::upsample_nearest2d(x[0], size)
                                     : at::upsample_bilinear2d(x[0], size, false);
          }};
}

Case conv(int64_t out, int64_t kernel, int64_t stride, int64_t padding, int64_t groups, bool bias) {
  Case c{std::make_shared<Conv2d>(stride, padding, groups),
         {kMap},
         {{Role::weight, {out, 6 / groups, kernel, kernel}}},
         [=](const Tensors& x, const Tensors& w) {
           return at::conv2d(x[0], w[0], bias ? w[1] : at::Tensor(), stride, padding, 1, groups);
         }};
  if (bias) c.weights.push_back({Role::bias, {out}});
  return c;
}

Case activation_case(const std::string& function) {
  static const std::map<std::string, at::Tensor (*)(const at::Tensor&)> functions = {
      {"relu", [](const at::Tensor& x) { return x.clamp_min(0); }},
      {"relu6", [](const at::Tensor& x) { return x.clamp(0, 6); }},
      {"h_swish", [](const at::Tensor& x) { return x * (x + 3).clamp(0, 6) / 6; }},
      {"h_sigmoid", [](const at::Tensor& x) { return (x + 3).clamp(0, 6) / 6; }},
      {"sigmoid", [](const at::Tensor& x) { return 1 / (1 + (-x).exp()); }},
      {"silu", [](const at::Tensor& x) { return x / (1 + (-x).exp()); }},
      {"gelu", [](const at::Tensor& x) { return x * 0.5 * (1 + (x / std::sqrt(2.0)).erf()); }},
      {"tanh", [](const at::Tensor& x) { return x.tanh(); }},
      {"softplus", [](const at::Tensor& x) { return (1 + x.exp()).log(); }},
      {"log_sigmoid", [](const at::Tensor& x) { return -(1 + (-x).exp()).log(); }},
      {"identity", [](const at::Tensor& x) { return x; }}};
  INFO(function);
  REQUIRE(functions.count(function) == 1);
  return {
      std::make_shared<Activation>(function), {kMap}, {}, [=](const Tensors& x, const Tensors&) {
        return functions.at(function)(x[0]);
      }};
}

std::map<std::string, std::vector<Case>> all_cases() {
  std::map<std::string, std::vector<Case>> cases;
  for (const std::string& f : activation_names()) cases["activation"].push_back(activation_case(f));
  cases["add"] = {{op<Add>(), {kMap, kMap, kMap}, {}, [](const Tensors& x, const Tensors&) {
                     return x[0] + x[1] + x[2];
                   }}};
  cases["multiply"] = {
      {op<Multiply>(), {kMap, {2, 6, 1, 1}}, {}, [](const Tensors& x, const Tensors&) {
         return x[0] * x[1];
       }}};
  cases["concat"] = {{op<Concat>(), {kMap, {2, 3, 8, 8}}, {}, [](const Tensors& x, const Tensors&) {
                        return at::cat(x, 1);
                      }}};
  cases["channel_shuffle"] = {
      {std::make_shared<ChannelShuffle>(2), {kMap}, {}, [](const Tensors& x, const Tensors&) {
         const auto s = x[0].sizes();
         return x[0].reshape({s[0], 2, s[1] / 2, s[2], s[3]}).transpose(1, 2).reshape(s);
       }}};
  cases["reshape"] = {
      {op<Reshape>(), {kMap}, {}, [](const Tensors& x, const Tensors&) { return x[0].flatten(1); }},
      {std::make_shared<Reshape>(std::vector<int64_t>{64, -1}),
       {kMap},
       {},
       [](const Tensors& x, const Tensors&) {
         return x[0].reshape({2, 64, 6});
       }}};
  cases["resample"] = {resample("nearest", 2, 1), resample("bilinear", 2, 1),
                       resample("bilinear", 1, 2), resample("bilinear", 3, 2)};
  cases["pool"] = {pool("max", 2, 2, 0, 0), pool("max", 3, 2, 1, 1), pool("avg", 3, 2, 1, 0),
                   pool("avg", 3, 2, 1, 1)};
  cases["global_avg_pool"] = {
      {op<GlobalAvgPool>(), {kMap}, {}, [](const Tensors& x, const Tensors&) {
         return x[0].mean({2, 3}, true);
       }}};
  cases["conv2d"] = {conv(9, 3, 1, 1, 1, true), conv(9, 1, 2, 0, 1, false),
                     conv(6, 5, 2, 2, 6, true), conv(12, 3, 1, 1, 3, false)};
  cases["linear"] = {
      {op<Linear>(),
       {{4, 5, 7}},
       {{Role::weight, {3, 7}}, {Role::bias, {3}}},
       [](const Tensors& x, const Tensors& w) { return at::matmul(x[0], w[0].t()) + w[1]; }},
      {op<Linear>(), {{4, 7}}, {{Role::weight, {3, 7}}}, [](const Tensors& x, const Tensors& w) {
         return at::matmul(x[0], w[0].t());
       }}};
  cases["batch_norm"] = {{op<BatchNorm>(),
                          {kMap},
                          {{Role::scale, {6}},
                           {Role::shift, {6}},
                           {Role::running_mean, {6}},
                           {Role::running_var, {6}}},
                          [](const Tensors& x, const Tensors& w) {
                            return at::batch_norm(x[0], w[0], w[1], {}, {}, true, 0, 1e-5, false);
                          }}};
  cases["layer_norm"] = {{op<LayerNorm>(),
                          {{4, 5, 7}},
                          {{Role::scale, {7}}, {Role::shift, {7}}},
                          [](const Tensors& x, const Tensors& w) {
                            return at::layer_norm(x[0], {7}, w[0], w[1], 1e-5);
                          }}};
  cases["rms_norm"] = {
      {op<RmsNorm>(), {{4, 5, 7}}, {{Role::scale, {7}}}, [](const Tensors& x, const Tensors& w) {
         return x[0] / (x[0].square().mean(-1, true) + 1e-6).sqrt() * w[0];
       }}};
  return cases;
}

/// A case with drawn inputs and weights, and its node.
struct Bound {
  Node node;
  Tensors inputs, weights;

  explicit Bound(const Case& c) {
    node.name = "node";
    node.op = c.op;
    uint64_t seed = 1;
    for (const Shape& shape : c.inputs) {
      inputs.push_back(test::random_tensor(shape, seed++, 2, 0.3));
      node.inputs.push_back(static_cast<int>(node.inputs.size()));
    }
    for (const Weight& w : c.weights) {
      weights.push_back(test::random_tensor(w.shape, seed++, 0.5, 0.5));
      node.weights.push_back(whole_weight(role_name(w.role), w.role, Init::zeros, w.shape));
    }
  }

  at::Tensor run(const Tensors& x, const Tensors& w) const {
    NormStatistics statistics;
    return find_kernel(node.op->kind())({.node = node,
                                         .inputs = x,
                                         .weights = w,
                                         .mode = RunMode::train,
                                         .statistics = &statistics});
  }
};

Tensors doubles(const Tensors& tensors) {
  Tensors out;
  for (const at::Tensor& t : tensors) out.push_back(t.detach().to(at::kDouble).requires_grad_());
  return out;
}

Tensors leaves(const Tensors& tensors) {
  Tensors out;
  for (const at::Tensor& t : tensors) out.push_back(t.detach().clone().requires_grad_());
  return out;
}

/// Calls check(case, bound) for every case of every kind.
template <class Check>
void for_each_case(const Check& check) {
  for (const auto& [kind, cases] : all_cases()) {
    for (const Case& c : cases) {
      INFO(c.op->text());
      REQUIRE(c.op->kind() == kind);
      check(c, Bound(c));
    }
  }
}

}  // namespace

TEST_CASE("every operation has cases here, and a kernel") {
  std::vector<std::string> kinds(test::sequence_ops().begin(), test::sequence_ops().end());
  for (const auto& [kind, cases] : all_cases()) kinds.push_back(kind);
  std::sort(kinds.begin(), kinds.end());
  CHECK(kinds == op_kinds());
  for (const std::string& kind : op_kinds()) CHECK_NOTHROW(find_kernel(kind));
  CHECK_THROWS_WITH(find_kernel("conv3d"), Catch::Contains("did you mean 'conv2d'?"));
}

TEST_CASE("every kernel makes the shape that its rule says, and ATen's values") {
  for_each_case([](const Case& c, const Bound& b) {
    const at::Tensor y = b.run(b.inputs, b.weights);
    CHECK(y.sizes().vec() == c.op->shape({c.inputs, b.node.weights}));
    CHECK(test::relative_error(y, c.reference(doubles(b.inputs), doubles(b.weights))) < 1e-5);
  });
}

TEST_CASE("every kernel's gradients are ATen's") {
  for_each_case([](const Case& c, const Bound& b) {
    const Tensors x = leaves(b.inputs), w = leaves(b.weights);
    const Tensors dx = doubles(b.inputs), dw = doubles(b.weights);
    const at::Tensor want = c.reference(dx, dw);
    const at::Tensor dy = test::random_tensor(want.sizes().vec(), 77);
    b.run(x, w).backward(dy);
    want.backward(dy.to(at::kDouble));
    for (size_t i = 0; i < x.size(); ++i) {
      CHECK(test::relative_error(x[i].grad(), dx[i].grad()) < 1e-5);
    }
    for (size_t i = 0; i < w.size(); ++i) {
      if (b.node.weights[i].trainable()) {
        CHECK(test::relative_error(w[i].grad(), dw[i].grad()) < 1e-5);
      }
    }
  });
}

TEST_CASE("every kernel may overwrite its first input where that is allowed, with equal results") {
  for_each_case([](const Case&, const Bound& b) {
    at::NoGradGuard no_grad;
    Tensors x = b.inputs;
    x[0] = x[0].clone();
    NormStatistics statistics;
    const at::Tensor y = find_kernel(b.node.op->kind())({.node = b.node,
                                                         .inputs = x,
                                                         .weights = b.weights,
                                                         .mode = RunMode::train,
                                                         .statistics = &statistics,
                                                         .may_overwrite = true});
    CHECK(test::relative_error(y, b.run(b.inputs, b.weights)) < 1e-6);
  });
}

TEST_CASE("counted multiply-accumulates are the formula's") {
  for_each_case([](const Case& c, const Bound& b) {
    const at::Tensor y = b.run(b.inputs, b.weights);
    int64_t counted = 0;
    for (size_t i = 0; i < b.weights.size(); ++i) {
      if (b.node.weights[i].role != Role::weight) continue;
      counted += y.numel() * (b.weights[i].numel() / b.weights[i].size(0));
    }
    CHECK(c.op->macs({c.inputs, b.node.weights}, y.sizes().vec()) == counted);
  });
}
