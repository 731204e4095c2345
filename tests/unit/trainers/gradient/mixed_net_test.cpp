// covers: trainers/gradient/mixed_run.cpp
#include "trainers/gradient/mixed_net.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"
#include "trainers/losses.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

constexpr int64_t kBatch = 8;

// Smooth activations, so that finite differences are differences of something smooth. Three cells
// of which two can be left out, then a stage of one or two.
const char* const kSmooth = R"(family: mobilenet
name: smooth
classes: 10
channels: 1
resolutions: [16]
kernel_transform: false
stem: {width: 8, stride: 2, activation: silu}
stages:
  - {width: 8, activation: silu, kernel: [0, 3, 5], expand: [2, 3], depth: [3]}
  - {width: 16, stride: 2, activation: silu, kernel: [3, 5], expand: [3], depth: [1, 2, 3]}
)";

struct Setup {
  std::unique_ptr<SearchSpace> space;
  Restriction only;
  Workload workload{.phase = Phase::train};
  std::vector<BlockPlace> places;
  Slots slots;
  MixedNet net;
  supernet::ParameterStore store;
  at::Tensor images, labels;

  explicit Setup(const std::string& yaml,
                 const std::map<std::string, std::vector<double>>& allowed = {})
      : space(test::space_of(yaml)),
        only(space->restrict(allowed)),
        places(block_places(*space, workload, &only)),
        slots(*space, places, &only),
        net(slots, places, workload),
        store(test::random_store(*space, 3)) {
    const NetworkSpec spec = space->lower(arch_of(first()), workload);
    images = test::random_input(spec, kBatch, 5);
    labels = at::arange(kBatch, at::kLong).remainder(spec.output()[1]);
  }

  std::vector<size_t> first() const { return std::vector<size_t>(slots.size(), 0); }
  Arch arch_of(const std::vector<size_t>& options) const { return slots.arch(options); }
  at::Tensor loss(const at::Tensor& logits) const {
    return label_loss(logits.to(at::kDouble), labels, 0);
  }
  MixedResult run(const std::vector<GateDraw>& draws, bool recompute = false) const {
    return net.run(store, images, draws, recompute,
                   [this](const at::Tensor& logits) { return loss(logits); });
  }
  /// All options of every slot, with these gates.
  std::vector<GateDraw> all(const SlotValues& gates) const {
    std::vector<GateDraw> out;
    for (const auto& slot : gates) {
      GateDraw& draw = out.emplace_back(GateDraw{{}, slot, slot});
      for (size_t i = 0; i < slot.size(); ++i) draw.options.push_back(i);
    }
    return out;
  }
  SlotValues one_hot(const std::vector<size_t>& options) const {
    SlotValues out = slots.zeros();
    for (size_t s = 0; s < options.size(); ++s) out[s][options[s]] = 1;
    return out;
  }
  double plain_loss(const std::vector<size_t>& options) const {
    at::NoGradGuard no_grad;
    supernet::GraphNet net_alone(space->lower(arch_of(options), workload), store);
    return loss(net_alone.forward(images, supernet::RunMode::train)).item<double>();
  }
};

std::vector<size_t> random_options(const Slots& slots, uint64_t seed) {
  Rng rng(seed);
  std::vector<size_t> out;
  for (size_t s = 0; s < slots.size(); ++s) {
    out.push_back(static_cast<size_t>(rng.below(static_cast<int64_t>(slots[s].options.size()))));
  }
  return out;
}

/// d loss / d gate by central differences, with a step that float weights can bear.
void check_differences(const Setup& s, const SlotValues& gates) {
  const double h = 0.02, margin = 1e-4;
  const MixedResult got = s.run(s.all(gates));
  for (size_t i = 0; i < gates.size(); ++i) {
    for (size_t k = 0; k < gates[i].size(); ++k) {
      INFO(s.slots[i].name << " " << s.slots.option_text(i, k));
      const auto loss_at = [&](double x) {
        SlotValues moved = gates;
        moved[i][k] += x;
        return s.run(s.all(moved)).loss;
      };
      // Fourth order.
      const double difference =
          (8 * (loss_at(h) - loss_at(-h)) - (loss_at(2 * h) - loss_at(-2 * h))) / (12 * h);
      CHECK(got.gate_gradient[i][k] == Approx(difference).margin(margin).epsilon(5e-3));
    }
  }
}

const std::map<std::string, std::vector<double>> kOneSize = {{"r", {16}}};

}  // namespace

TEST_CASE("mixed net: one path alone is the plain network") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyFbnet}) {
    const Setup s(yaml, yaml == test::kTinyMobileNet
                            ? kOneSize
                            : std::map<std::string, std::vector<double>>{});
    INFO(s.space->name());
    for (uint64_t seed = 0; seed < 6; ++seed) {
      const std::vector<size_t> options = random_options(s.slots, seed);
      std::vector<GateDraw> draws;
      for (const size_t option : options) draws.push_back({{option}, {1}, {1}});
      CHECK(s.run(draws).loss == Approx(s.plain_loss(options)).epsilon(1e-6));
      // And the same with every other path at gate 0.
      CHECK(s.run(s.all(s.one_hot(options))).loss == Approx(s.plain_loss(options)).epsilon(1e-6));
    }
  }
}

TEST_CASE("mixed net: gradients of binary gates by finite differences") {
  const Setup s(kSmooth);
  REQUIRE(s.slots.size() == 7);
  for (uint64_t seed = 0; seed < 3; ++seed) {
    check_differences(s, s.one_hot(random_options(s.slots, seed)));
  }
}

TEST_CASE("mixed net: gradients of gates that several slots make together") {
  const Setup s(kSmooth);
  SlotValues soft = s.slots.zeros();
  for (auto& slot : soft) {
    for (size_t i = 0; i < slot.size(); ++i) slot[i] = (1.0 + static_cast<double>(i)) / 10;
  }
  check_differences(s, soft);
}

TEST_CASE("mixed net: a zero path that is active has a gradient too") {
  // A place passes its input on: what the others would do there is still known.
  const Setup s(kSmooth);
  std::vector<size_t> options = random_options(s.slots, 1);
  size_t skipped = 0;
  for (size_t i = 0; i < options.size(); ++i) {
    if (s.slots.option_text(i, 0) != "ks=0") continue;
    options[i] = 0;
    skipped = i;
  }
  const MixedResult got = s.run(s.all(s.one_hot(options)));
  CHECK(std::abs(got.gate_gradient[skipped][1] - got.gate_gradient[skipped][0]) > 1e-4);
  check_differences(s, s.one_hot(options));
}

TEST_CASE("mixed net: recomputed and two-path gradients are those of all paths") {
  const Setup s(test::kTinyMobileNet, kOneSize);
  const std::vector<size_t> active = {3, 1, 1};  // of 4, 4 and 2 options
  const MixedResult full = s.run(s.all(s.one_hot(active)));
  const MixedResult again = s.run(s.all(s.one_hot(active)), true);
  CHECK(again.loss == full.loss);
  CHECK(again.gate_gradient == full.gate_gradient);
  const std::vector<size_t> other = {0, 2, 0};
  std::vector<GateDraw> pairs;
  for (size_t i = 0; i < active.size(); ++i) {
    pairs.push_back({{other[i], active[i]}, {0, 1}, {0.5, 0.5}});
  }
  const MixedResult two = s.run(pairs);
  CHECK(two.loss == full.loss);
  for (size_t i = 0; i < active.size(); ++i) {
    CHECK(two.gate_gradient[i][0] == Approx(full.gate_gradient[i][other[i]]).margin(1e-9));
    CHECK(two.gate_gradient[i][1] == Approx(full.gate_gradient[i][active[i]]).margin(1e-9));
  }
}

TEST_CASE("mixed net: the store stays as it is") {
  const Setup s(test::kTinyFbnet);
  const at::Tensor values = s.store.values().clone(), buffers = s.store.buffers().clone();
  s.run(s.all(s.one_hot({1, 0, 1})));
  CHECK(test::same_bits(values, s.store.values()));
  CHECK(test::same_bits(buffers, s.store.buffers()));
}

TEST_CASE("mixed net: choices that change shapes are refused by name") {
  CHECK(test::error_text<Error>([] {
          Setup s(test::kTinyMobileNet);
        }).find("change the shapes of block 'stem'") != std::string::npos);
  CHECK(test::error_text<Error>([] {
          Setup s(test::kTinyMobileNet);
        }).find("fix them by gradient.choices") != std::string::npos);
  CHECK(test::error_text<Error>([] {
          Setup s(test::kTinyResNet);
        }).find("change the shapes of block 'stage1.block1'") != std::string::npos);
}
