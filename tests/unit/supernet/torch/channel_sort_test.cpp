#include "supernet/torch/channel_sort.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

ParameterStore random_store(const SearchSpace& space) {
  ParameterStore store = ParameterStore::of_space(space);
  store.initialise(Rng(3));
  at::manual_seed(3);
  for (const Parameter& p : store.parameters()) {
    const bool variance = p.role == Role::running_var || p.role == Role::scale;
    if (p.shape.size() == 1) store.view(p.name).uniform_(variance ? 0.5 : -0.5, 1);
  }
  return store;
}

at::Tensor output(const SearchSpace& space, ParameterStore& store, const Arch& arch) {
  at::NoGradGuard no_grad;
  GraphNet net(space.lower(arch), store);
  at::manual_seed(5);
  return net.forward(at::randn(net.spec().inputs[0]), RunMode::eval);
}

}  // namespace

TEST_CASE("channel sorting keeps what networks of full width compute") {
  const auto space = test::space_of(test::kTinyMobileNet);
  ParameterStore store = random_store(*space);
  const at::Tensor before = output(*space, store, space->largest());
  const at::Tensor narrow = output(*space, store, space->smallest());
  for (int stage : {0, 1}) {
    sort_channels(*space, store, stage);
    CHECK(at::allclose(output(*space, store, space->largest()), before, 1e-4, 1e-5));
  }
  CHECK_FALSE(at::allclose(output(*space, store, space->smallest()), narrow, 1e-4, 1e-5));
}

TEST_CASE("channel sorting puts channels with large weights first") {
  const auto space = test::space_of(test::kTinyMobileNet);
  ParameterStore store = random_store(*space);
  sort_channels(*space, store, 0);
  const at::Tensor importance =
      store.view("stage1.block1.project.conv.weight").abs().sum({0, 2, 3});
  const int64_t n = importance.numel();
  CHECK((importance.narrow(0, 0, n - 1) >= importance.narrow(0, 1, n - 1)).all().item<bool>());
}

TEST_CASE("a later stage of channel sorting keeps narrower widths together") {
  const auto space = test::space_of(test::kTinyMobileNet);
  ParameterStore store = random_store(*space);
  const std::string name = "stage1.block1.project.conv.weight";
  store.view(name).fill_(0.1);
  const int64_t full = store.parameter(name).shape[1];
  const int64_t narrow = full * 2 / 3;  // expansions of 2 and 3
  store.view(name).narrow(1, full - 1, 1).fill_(9);
  const at::Tensor mark = store.view(name).select(1, full - 1).clone();
  sort_channels(*space, store, 1);
  // The heaviest channel leads its segment, and stays behind the narrower width.
  CHECK(at::equal(store.view(name).select(1, narrow), mark));
  sort_channels(*space, store, 0);
  CHECK(at::equal(store.view(name).select(1, 0), mark));
}

TEST_CASE("channel sorting refuses a negative stage") {
  const auto space = test::space_of(test::kTinyMobileNet);
  ParameterStore store = random_store(*space);
  CHECK_THROWS_AS(sort_channels(*space, store, -1), Error);
}
