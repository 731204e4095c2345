// ProxylessNAS against its authors' code (mit-han-lab/proxylessnas at bf58b5c, PyTorch 1.13, CPU):
// formula-filled weights, the same outputs, losses and gradients of gates and of architecture
// parameters. Tolerance of the step: 2e-5, because the authors' own values move by 3e-6 between
// float and double and ours sum in another order.
#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "predictors/cost_estimator.h"
#include "predictors/published.h"
#include "supernet/space/cost.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/golden_fill.h"
#include "tests/support/spaces.h"
#include "trainers/gradient/expected_value.h"
#include "trainers/gradient/mixed_net.h"
#include "trainers/gradient/objective.h"
#include "trainers/losses.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

/// The small super network of the golden values: two cells a stage, two candidates, and zero in
/// each second cell.
const char* const kSmall = R"(family: mobilenet
name: small
classes: 10
channels: 3
resolutions: [32]
own_weights: true
norm: {eps: 1.0e-3, momentum: 0.1}
stem: {width: 32, stride: 2, activation: relu6}
first: {width: 16, activation: relu6, residual: false}
stages:
  - {width: 16, stride: 2, activation: relu6, kernel: [0, 3, 5], expand: [3], depth: [2]}
  - {width: 24, stride: 2, activation: relu6, kernel: [0, 3, 5], expand: [3], depth: [2]}
feature_mix: {width: 1280, activation: relu6}
)";

constexpr double kMargin = 2e-5;

/// Options in the authors' order: candidates, then zero; ours begin with zero.
struct SuperNet {
  std::unique_ptr<SearchSpace> space = test::space_of(kSmall);
  Workload workload{.phase = Phase::train};
  std::vector<BlockPlace> places = block_places(*space, workload);
  Slots slots{*space, places, nullptr};
  MixedNet net{slots, places, workload};
  supernet::ParameterStore store = supernet::ParameterStore::of_space(*space);
  SlotValues alpha = slots.zeros();
  at::Tensor labels = at::tensor(std::vector<int64_t>{0, 3, 6, 9});

  SuperNet() {
    REQUIRE(slots.size() == 4);
    REQUIRE(test::fill(*space, store));
    for (size_t m = 0; m < 4; ++m) {
      for (size_t j = 0; j < alpha[m].size(); ++j) {
        alpha[m][ours(m, j)] = 0.1 * test::noise(2000000 + m, j);
      }
    }
  }

  bool has_zero(size_t m) const { return slots[m].options.size() == 3; }
  size_t ours(size_t m, size_t theirs) const { return has_zero(m) ? (theirs + 1) % 3 : theirs; }

  struct Step {
    MixedResult mixed;
    double y = 0;  // y[0, 0]
    std::vector<GateDraw> draws;
  };
  /// involved: the authors' indices of each op; the first is active unless `active` says so.
  Step step(const std::vector<std::vector<size_t>>& involved, const std::vector<size_t>& active,
            bool recompute) const {
    Step out;
    for (size_t m = 0; m < 4; ++m) {
      GateDraw& draw = out.draws.emplace_back();
      std::vector<double> own;
      for (const size_t j : involved[m]) {
        draw.options.push_back(ours(m, j));
        draw.gates.push_back(j == active[m] ? 1 : 0);
        own.push_back(alpha[m][ours(m, j)]);
      }
      draw.probabilities = softmax(own);
    }
    out.mixed = net.run(store, test::golden_input(4, 32), out.draws, recompute,
                        [&](const at::Tensor& logits) {
                          out.y = logits[0][0].item<double>();
                          return label_loss(logits, labels, 0);
                        });
    return out;
  }
  std::vector<std::vector<size_t>> all() const { return {{0, 1}, {0, 1, 2}, {0, 1}, {0, 1, 2}}; }

  /// Gradient of the architecture parameters in the authors' order.
  SlotValues by_alpha(const Step& step, double by_cross_entropy, const SlotValues& more) const {
    const auto gates = builtin_gates().make(ConfigNode::parse("name: full\n", "g"));
    SlotValues out;
    for (size_t m = 0; m < 4; ++m) {
      std::vector<double> by_gate = step.mixed.gate_gradient[m];
      for (size_t k = 0; k < by_gate.size(); ++k) {
        by_gate[k] = by_cross_entropy * by_gate[k] + more[m][step.draws[m].options[k]];
      }
      const auto own = gates->alpha_gradient(step.draws[m], alpha[m].size(), by_gate);
      std::vector<double>& theirs = out.emplace_back();
      for (size_t j = 0; j < own.size(); ++j) theirs.push_back(own[ours(m, j)]);
    }
    return out;
  }
  SlotValues by_alpha(const Step& step) const { return by_alpha(step, 1, slots.zeros()); }
};

/// An empty list of `want`: not compared.
void check_close(const SlotValues& got, const SlotValues& want) {
  for (size_t m = 0; m < want.size(); ++m) {
    for (size_t j = 0; j < want[m].size(); ++j) {
      INFO("op " << m << ", option " << j);
      CHECK(got[m][j] == Approx(want[m][j]).margin(kMargin));
    }
  }
}

/// d loss / d gate in the authors' order. Their blocks add the shortcut outside of the mixture,
/// ours inside: all gates of a block are off by what zero has, which is 0 with them.
SlotValues by_gate(const SuperNet& s, const SuperNet::Step& step) {
  SlotValues out;
  for (size_t m = 0; m < 4; ++m) {
    const auto& own = step.mixed.gate_gradient[m];
    const double zero = s.has_zero(m) ? own[2] : 0;  // in the authors' order
    std::vector<double>& theirs = out.emplace_back();
    for (const double each : own) theirs.push_back(each - zero);
  }
  return out;
}

const SlotValues kFirst = {{.0703475, -.0703475},
                           {.04682, -.0099659, -.0368542},
                           {-.0074706, .0074706},
                           {-.008425, -.003358, .011783}};

}  // namespace

TEST_CASE("ProxylessNAS: the small super network is the authors'") {
  const SuperNet s;
  int64_t weights = 0, norms = 0;
  for (const supernet::Parameter& p : s.store.parameters()) {
    if (p.trainable()) weights += numel(p.shape);
    norms += p.role == Role::running_mean;
  }
  // 178 keys: with a counter a norm, and alphas and gates.
  CHECK(static_cast<int64_t>(s.store.parameters().size()) + norms + 2 * 4 == 178);
  CHECK(weights == 74202);
  const SlotValues alpha = {{.0262362, .0103639},
                            {.0113434, .0890933, .0351122},
                            {-.0624207, .0652715},
                            {.0681117, -.0179955, -.0706994}};
  for (size_t m = 0; m < 4; ++m) {
    for (size_t j = 0; j < alpha[m].size(); ++j) {
      CHECK(s.alpha[m][s.ours(m, j)] == Approx(alpha[m][j]).margin(1e-7));
    }
  }
}

TEST_CASE("ProxylessNAS: a step of all paths, kept or recomputed") {
  const SuperNet s;
  for (const bool recompute : {false, true}) {
    const SuperNet::Step step = s.step(s.all(), {1, 0, 0, 1}, recompute);
    CHECK(step.mixed.loss == Approx(2.11194).margin(1e-5));
    CHECK(step.y == Approx(1.35423).margin(1e-5));
    check_close(by_gate(s, step), {{.02429, -.257118},
                                   {.257113, .0831125, 0},
                                   {.0479265, .0779308},
                                   {-.0612291, -.0479448, 0}});
    check_close(s.by_alpha(step), kFirst);
  }
}

TEST_CASE("ProxylessNAS: a step of two paths") {
  const SuperNet s;
  const SuperNet::Step step = s.step({{1, 0}, {0, 2}, {0, 1}, {1, 2}}, {1, 0, 0, 1}, false);
  CHECK(step.mixed.loss == Approx(2.11194).margin(1e-5));
  check_close(s.by_alpha(step), {{.0703475, -.0703475},
                                 {.0642691, 0, -.0642691},
                                 {-.0074706, .0074706},
                                 {0, -.0119779, .0119779}});
}

TEST_CASE("ProxylessNAS: zero is active in one block") {
  const SuperNet s;
  const SuperNet::Step step = s.step(s.all(), {1, 2, 0, 1}, true);
  CHECK(step.mixed.loss == Approx(2.18279).margin(1e-5));
  CHECK(step.y == Approx(1.50668).margin(1e-5));
  // The authors' code loses the gradient of that block; ours has one.
  check_close(s.by_alpha(step),
              {{-.0652255, .0652255}, {}, {-.0597723, .0597723}, {-.006761, -.0059203, .0126813}});
  double size = 0;
  for (const double each : s.by_alpha(step)[1]) size += std::abs(each);
  CHECK(size > 1e-3);
}

TEST_CASE("ProxylessNAS: objectives with expected multiply-accumulates") {
  const SuperNet s;
  const predict::CostEstimator macs(*s.space, "macs");
  const ExpectedValue expected(s.slots, *macs.factor_sum(nullptr), "macs");
  SlotValues p;
  for (const auto& slot : s.alpha) p.push_back(softmax(slot));
  SlotValues by_p = s.slots.zeros();
  const double mean = expected(p, &by_p);
  CHECK(mean == Approx(1461875.125).epsilon(1e-7));
  const SuperNet::Step step = s.step(s.all(), {1, 0, 0, 1}, true);
  const auto check = [&](const std::string& yaml, double loss, const SlotValues& want) {
    const ConfigNode node = ConfigNode::parse(yaml, "o.yaml");
    const auto objective = builtin_objectives().make(node);
    const TargetState state{"macs", 2e6, mean};
    const ObjectiveTerms terms = objective->terms(step.mixed.loss, {&state, 1});
    CHECK(terms.loss == Approx(loss).margin(1e-5));
    SlotValues more = by_p;
    for (auto& slot : more) {
      for (double& each : slot) each *= terms.by_mean[0];
    }
    check_close(s.by_alpha(step, terms.by_cross_entropy, more), want);
  };
  check("{name: add_linear, metric: macs, lambda: 0.1}", 2.08503,
        {{.0697332, -.0697332},
         {.0472135, -.0086851, -.0385283},
         {-.0076236, .0076236},
         {-.0081661, -.0028172, .0109833}});
  check("{name: mul_log, metric: macs, alpha: 0.2, beta: 0.3}", .419629,
        {{.0139031, -.0139031},
         {.0093506, -.0018248, -.0075258},
         {-.0015029, .0015029},
         {-.0016426, -.0006016, .0022442}});
}

TEST_CASE("ProxylessNAS: the whole super network has the authors' keys and sizes") {
  const auto space = test::shipped_space("proxyless_mobile", {"space.own_weights=true"});
  const auto store = supernet::ParameterStore::of_space(*space);
  int64_t weights = 0, norms = 0;
  std::set<std::string> keys;
  for (const supernet::Parameter& p : store.parameters()) {
    if (p.trainable()) weights += numel(p.shape);
    norms += p.role == Role::running_mean;
    keys.insert(space->published_name(p.name));
  }
  CHECK(weights == 16034168);
  CHECK(keys.size() == store.parameters().size());
  // 2336 with a counter a norm, and alphas and gates.
  CHECK(static_cast<int64_t>(keys.size()) + norms + 2 * 21 == 2336);
  for (const char* key :
       {"first_conv.bn.running_var", "blocks.0.mobile_inverted_conv.depth_conv.conv.weight",
        "blocks.2.mobile_inverted_conv.candidate_ops.5.inverted_bottleneck.conv.weight",
        "blocks.21.mobile_inverted_conv.candidate_ops.0.point_linear.bn.bias",
        "feature_mix_layer.conv.weight", "classifier.linear.bias"}) {
    INFO(key);
    CHECK(keys.count(key) == 1);
  }
}

namespace {

struct Published {
  std::string name;
  std::vector<std::string> set;
  std::string ks, e;
  int64_t macs = 0, params = 0;
  std::vector<double> y;  // y[0, 0..3], y[1, 999], mean magnitude
};

const std::vector<Published>& published() {
  static const std::vector<Published> all = {
      {"proxyless_gpu",
       {},
       "5,0,0,0,7,0,0,3,7,0,0,5,5,0,3,5,7,7,7,5,7",
       "3,0,0,0,3,0,0,3,6,0,0,3,6,0,3,3,6,6,6,6,6",
       465260160,
       7119848,
       {-1.01038, -1.59013, .94135, -1.47777, 2.2494, 1.30673}},
      {"proxyless_cpu",
       {},
       "3,3,3,3,3,3,3,5,3,0,0,3,5,3,3,3,5,5,5,3,5",
       "6,3,3,3,6,3,3,3,6,0,0,3,6,3,3,3,6,3,3,3,6",
       439243864,
       4361648,
       {.700981, 3.15532, -1.10866, 1.39756, -5.23366, 1.83888}},
      {"proxyless_mobile",
       {"space.stages.0.width=32"},
       "5,3,0,0,7,3,5,5,7,5,5,5,5,5,5,5,7,7,7,7,7",
       "3,3,0,0,3,3,3,3,6,3,3,3,6,3,3,3,6,6,3,3,6",
       320427584,
       4080512,
       {-.353763, 1.84708, -.983713, 1.47961, .789954, 1.19767}}};
  return all;
}

}  // namespace

TEST_CASE("ProxylessNAS: the published networks compute what the authors' code computes") {
  for (const Published& net : published()) {
    INFO(net.name);
    // Weights of each choice's own shape, as a network alone has them.
    std::vector<std::string> set = net.set;
    set.push_back("space.own_weights=true");
    const auto space = test::shipped_space(net.name, set);
    const Arch arch = space->parse("ks=" + net.ks + " e=" + net.e + " d=4,4,4,4,4,1 r=224");
    const Cost cost = network_cost(space->lower(arch));
    CHECK(cost.macs == net.macs);
    CHECK(cost.params == net.params);
    const NetworkSpec spec = space->lower(arch, {.batch = 2, .resolution = 64});
    supernet::ParameterStore store(std::span(&spec, 1));
    REQUIRE(test::fill_by_key(
        store, [&](const std::string& name) { return space->published_subnet_name(arch, name); }));
    const at::Tensor y =
        supernet::GraphNet(spec, store).forward(test::golden_input(2), supernet::RunMode::eval);
    const double size = net.y[5];
    CHECK(y.abs().mean().item<double>() == Approx(size).epsilon(5e-4));
    for (int64_t i = 0; i < 4; ++i) {
      CHECK(y[0][i].item<double>() == Approx(net.y[static_cast<size_t>(i)]).margin(5e-4 * size));
    }
    CHECK(y[1][999].item<double>() == Approx(net.y[4]).margin(5e-4 * size));
  }
}

TEST_CASE("ProxylessNAS: published descriptions come back key by key") {
  const std::string folder = TAILOR_SOURCE_DIR "/../shared/data/proxylessnas";
  if (!std::filesystem::exists(folder)) {
    WARN("skipped: " << folder << " is not there");
    return;
  }
  for (const Published& net : published()) {
    const std::string path = folder + "/" + net.name + ".config";
    if (!std::filesystem::exists(path)) continue;
    INFO(net.name);
    std::vector<std::string> set = net.set;
    set.push_back("space.own_weights=true");
    const auto space = test::shipped_space(net.name, set);
    const std::string text = read_file(path);
    const Arch arch = space->from_published_config(text, path, 224);
    CHECK(space->print(arch) ==
          space->print(space->parse("ks=" + net.ks + " e=" + net.e + " d=4,4,4,4,4,1 r=224")));
    const auto theirs = nlohmann::json::parse(text);
    CHECK(
        nlohmann::json::diff(theirs, nlohmann::json::parse(space->published_config(arch))).dump() ==
        "[]");
    CHECK(space->published_subnet_name(arch, "stage1.block1.k3_e6.expand.conv.weight") ==
          "blocks.1.mobile_inverted_conv.inverted_bottleneck.conv.weight");
  }
}

TEST_CASE("ProxylessNAS: latency by the published table of the Pixel 1") {
  const std::string path = TAILOR_SOURCE_DIR "/../shared/data/proxylessnas/mobile_trim.yaml";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << path << " is not there");
    return;
  }
  std::map<int64_t, hw::PublishedTable> tables;
  tables.emplace(224, hw::PublishedTable::load(path));
  const auto space = test::shipped_space("proxyless_mobile");
  const predict::PublishedLatency latency(*space, tables);
  const std::string zero = "ks=3,0,0,0,3,0,0,0,3,0,0,0,3,0,0,0,3,0,0,0,3 e=3";
  for (const auto& [text, ms] : std::map<std::string, double>{{"ks=3 e=3", 76.048099},
                                                              {"ks=3 e=6", 136.466266},
                                                              {"ks=5 e=3", 87.720278},
                                                              {"ks=5 e=6", 158.952746},
                                                              {"ks=7 e=3", 103.666165},
                                                              {"ks=7 e=6", 191.029871},
                                                              {zero, 29.608776}}) {
    INFO(text);
    CHECK(estimate_one(latency, space->parse(text + " d=4,4,4,4,4,1 r=224")) ==
          Approx(ms).margin(5e-7));
  }
  // The authors' own phone network has a first stage of 32 channels, which the table lacks.
  const auto wide = test::shipped_space("proxyless_mobile", {"space.stages.0.width=32"});
  const predict::PublishedLatency holes(*wide, tables);
  CHECK_THROWS_WITH(
      estimate_one(holes, wide->parse("ks=" + published()[2].ks + " e=" + published()[2].e +
                                      " d=4,4,4,4,4,1 r=224")),
      Catch::Contains("has no latency of 'expanded_conv-input:112x112x16-output:56x56x32-expand:3-"
                      "kernel:5-stride:2-idskip:0'"));
}
