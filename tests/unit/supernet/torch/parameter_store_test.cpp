// Shared weights: collecting, initial values, saving and loading; ranges, factors and kernels.
// covers: supernet/torch/weight_view.cpp
#include "supernet/torch/parameter_store.h"

#include <ATen/ATen.h>

#include <set>

#include "core/error.h"
#include "supernet/torch/weight_view.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using test::same_bits;

namespace {

/// A store of two parameters: w [6, 4] and bn.running_mean [3].
ParameterStore small_store() {
  Block block;
  Node node;
  node.weights = {whole_weight("w", Role::weight, Init::fan_in, {6, 4}),
                  whole_weight("bn.running_mean", Role::running_mean, Init::zeros, {3})};
  block.nodes.push_back(node);
  const NetworkSpec spec{"small", {}, {}, {{std::make_shared<Block>(block), {}}}};
  return ParameterStore(std::span(&spec, 1));
}

at::Tensor no_matrix(const std::string&) { return {}; }

}  // namespace

TEST_CASE("the store of a space holds what any arch references") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    const auto store = ParameterStore::of_space(*space);
    std::set<std::string> used;
    for (const Arch& arch : space->enumerate()) {
      for (const WeightRef& ref : test::references(space->lower(arch))) {
        used.insert(ref.name);
        CHECK(store.parameter(ref.name).shape == ref.full_shape());
        for (const WeightStep& step : ref.steps)
          used.insert(std::get<KernelTransform>(step).matrix);
      }
    }
    CHECK(store.parameters().size() == used.size());
    for (const std::string& name : used) CHECK_NOTHROW(store.view(name));
  }
}

TEST_CASE("two references that disagree on a parameter's shape are refused") {
  Block block;
  Node a, b;
  a.name = "one";
  a.weights = {whole_weight("w", Role::weight, Init::zeros, {3, 4})};
  b.name = "two";
  b.weights = {whole_weight("w", Role::weight, Init::zeros, {4, 3})};
  block.nodes = {a, b};
  const NetworkSpec spec{"net", {}, {}, {{std::make_shared<Block>(block), {}}}};
  CHECK(test::error_text<ShapeError>([&] { ParameterStore store(std::span(&spec, 1)); }) ==
        "node 'two': parameter 'w' is [4, 3] here and [3, 4] elsewhere");
}

TEST_CASE("an unknown parameter is named with the nearest one") {
  const ParameterStore store = small_store();
  CHECK(test::error_text<Error>([&] { store.view("bn.runing_mean"); }) ==
        "the store has no parameter 'bn.runing_mean'; nearest: 'bn.running_mean'; was it made from "
        "another space?");
}

TEST_CASE("initial values follow the seed and the parameter's name alone") {
  const auto space = test::space_of(test::kTinyMobileNet);
  auto a = ParameterStore::of_space(*space), b = ParameterStore::of_space(*space);
  a.initialise(Rng(1));
  b.initialise(Rng(1));
  CHECK(same_bits(a.values(), b.values()));
  CHECK(same_bits(a.buffers(), b.buffers()));
  const NetworkSpec smallest = space->lower(space->smallest());
  ParameterStore part(std::span(&smallest, 1));
  part.initialise(Rng(1));
  CHECK(part.parameters().size() < a.parameters().size());
  for (const Parameter& p : part.parameters()) CHECK(same_bits(part.view(p.name), a.view(p.name)));
  b.initialise(Rng(2));
  CHECK_FALSE(same_bits(a.values(), b.values()));
}

TEST_CASE("initial values have the deviations they promise") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  auto store = ParameterStore::of_space(*space);
  store.initialise(Rng(3));
  int matrices = 0;
  for (const Parameter& p : store.parameters()) {
    const at::Tensor v = store.view(p.name);
    INFO(p.name);
    if (p.init == Init::ones) CHECK(v.eq(1).all().item<bool>());
    if (p.init == Init::zeros) CHECK(v.eq(0).all().item<bool>());
    if (p.init == Init::identity) {
      CHECK(same_bits(v, at::eye(p.shape[0])));
      ++matrices;
    }
    if (v.numel() < 2000) continue;
    const double deviation = v.std().item<double>();
    if (p.init == Init::fan_out) {
      const auto taps = static_cast<double>(p.shape[2] * p.shape[3]);
      CHECK(deviation ==
            Approx(std::sqrt(2 / (taps * static_cast<double>(p.shape[0])))).epsilon(0.1));
    }
    if (p.init == Init::fan_in) {
      const double bound = 1 / std::sqrt(static_cast<double>(p.shape[1]));
      CHECK(deviation == Approx(bound / std::sqrt(3.0)).epsilon(0.1));
      CHECK(v.abs().max().item<double>() <= bound);
    }
  }
  CHECK(matrices == 40);
}

TEST_CASE("a store survives its file, and a clone goes its own way") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ParameterStore store = test::random_store(*space, 4);
  ParameterStore other = ParameterStore::of_space(*space);
  other.load(TensorFile::parse(store.to_file().serialize(), "weights"));
  CHECK(same_bits(other.values(), store.values()));
  CHECK(same_bits(other.buffers(), store.buffers()));
  ParameterStore copy = store.clone();
  copy.values().zero_();
  copy.buffers().zero_();
  CHECK(same_bits(other.values(), store.values()));
  CHECK(same_bits(other.buffers(), store.buffers()));
}

TEST_CASE("a file that does not fit is refused with names, and changes nothing") {
  ParameterStore store = small_store();
  TensorFile file = store.to_file();
  file.source = "w.safetensors";
  file.tensors["w"] = HostTensor::zeros(DType::f32, {4, 6});
  file.tensors.erase("bn.running_mean");
  file.tensors["extra"] = HostTensor::zeros(DType::f32, {1});
  store.values().fill_(7);
  CHECK(test::error_text<IoError>([&] { store.load(file); }) ==
        "w.safetensors: 3 tensors do not fit this network: w is F32[4, 6], needs F32[6, 4]; "
        "missing bn.running_mean; unknown extra");
  CHECK(store.values().eq(7).all().item<bool>());
  TensorFile halves = store.to_file();
  halves.source = "h.safetensors";
  halves.tensors["w"] = HostTensor::zeros(DType::f16, {6, 4});
  CHECK(test::error_text<IoError>([&] { store.load(halves); }) ==
        "h.safetensors: 1 tensors do not fit this network: w is F16[6, 4], needs F32[6, 4]");
}

TEST_CASE("flat buffers keep parameters apart, aligned, with padding 0") {
  const ParameterStore store = small_store();
  CHECK(store.parameter("w").offset % 16 == 0);
  CHECK(store.values().numel() == 32);
  const at::Tensor gradients = store.zeros_like_values();
  store.view_in(gradients, store.parameter("w")).fill_(1);
  CHECK(gradients.sum().item<double>() == 24);
}

TEST_CASE("a used range is a view: writing to it writes to the parameter") {
  at::Tensor stored = at::zeros({6, 4, 7, 7});
  const WeightRef ref{.name = "w",
                      .dims = {{6, 1, 3, ""}, {4, 0, 2, ""}, {7, 1, 5, ""}, {7, 1, 5, ""}}};
  used_view(stored, ref).fill_(1);
  CHECK(stored.sum().item<double>() == 3 * 2 * 5 * 5);
  CHECK(stored[1][0][1][1].item<double>() == 1);
  CHECK(stored[0][0][1][1].item<double>() == 0);
  CHECK(stored[1][0][0][1].item<double>() == 0);
  const WeightRef wrong = whole_weight("w", Role::weight, Init::zeros, {6, 4});
  CHECK(test::error_text<ShapeError>([&] { used_view(stored, wrong); }) ==
        "parameter 'w' is stored as [6, 4, 7, 7], the network takes it from [6, 4]");
}

TEST_CASE("factored dimensions are cut by factor and merged again") {
  // Rows: 3 groups of 4; used: groups 1 and 2, the first 3 of each.
  const at::Tensor stored = at::arange(12 * 2, at::kFloat).view({12, 2});
  const WeightRef ref{
      .name = "w", .dims = {{3, 1, 2, ""}, {4, 0, 3, ""}, {2, 0, 2, ""}}, .fold = {2, 1}};
  const at::Tensor view = used_view(stored, ref);
  CHECK(view.sizes().vec() == Shape{2, 3, 2});
  CHECK(view.storage().data_ptr().get() == stored.storage().data_ptr().get());
  const at::Tensor want = at::cat({stored.narrow(0, 4, 3), stored.narrow(0, 8, 3)});
  CHECK(same_bits(weight_value(view, ref, no_matrix), want));
}

TEST_CASE("smaller kernels are centre crops times matrices, one size after the other") {
  const at::Tensor stored = test::random_tensor({5, 1, 7, 7}, 1);
  const at::Tensor m75 = test::random_tensor({25, 25}, 2), m53 = test::random_tensor({9, 9}, 3);
  const WeightRef ref{.name = "w",
                      .dims = {{5, 0, 4, ""}, {1, 0, 1, ""}, {7, 1, 5, ""}, {7, 1, 5, ""}},
                      .steps = {KernelTransform{5, "m75"}, KernelTransform{3, "m53"}}};
  const at::Tensor got = weight_value(used_view(stored, ref), ref, [&](const std::string& name) {
    return name == "m75" ? m75 : m53;
  });
  REQUIRE(got.sizes().vec() == Shape{4, 1, 3, 3});
  auto transform = [](const at::Tensor& kernel, int64_t crop, const at::Tensor& m) {
    const int64_t size = kernel.size(0) - 2 * crop;
    at::Tensor out = at::zeros({size, size});
    for (int64_t a = 0; a < size * size; ++a) {
      for (int64_t b = 0; b < size * size; ++b) {
        out[a / size][a % size] += m[a][b] * kernel[crop + b / size][crop + b % size];
      }
    }
    return out;
  };
  const at::Tensor want = transform(transform(stored[2][0], 1, m75), 1, m53);
  CHECK(test::relative_error(got[2][0], want) < 1e-5);
}
