// A tiny hybrid language model against figures computed in float64 outside this project.
// The fill rule is that of fill() below; layers jet, attn, jet, swa.
#include <ATen/ATen.h>

#include <cmath>
#include <map>

#include "supernet/torch/graph_net.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_samples.h"
#include "tests/support/spaces.h"
#include "trainers/language/generator.h"

using namespace tailor;
using namespace tailor::supernet;

namespace {

const char* kTiny = R"(
family: hybrid_lm
vocab: 11
hidden: 8
layers: 4
tokens: 12
mixers: [jet, swa, attn]
attention: {heads: 2, kv_heads: 1, head_dim: 4, window: [3], rope_theta: 1e6}
linear: {heads: [2], d_k: [4], d_v: [6], conv: 4, reduction: 4}
mlp: [16]
)";

/// Sines, and `plus`.
void fill(const at::Tensor& into, double seed, double amp, double plus = 0) {
  into.copy_(test::sine_fill(seed, into.sizes(), amp) + plus);
}

struct Rule {
  double seed, amp, plus;
};

/// Seeds of a mixer's parameters, by the end of their names.
const std::map<std::string, Rule>& mixer_rules() {
  static const std::map<std::string, Rule> rules = {
      {"attn.q_proj.weight", {1, 0.5, 0}},
      {"attn.q_proj.bias", {2, 0.5, 0}},
      {"attn.k_proj.weight", {3, 0.5, 0}},
      {"attn.k_proj.bias", {4, 0.5, 0}},
      {"attn.v_proj.weight", {5, 0.5, 0}},
      {"attn.v_proj.bias", {6, 0.5, 0}},
      {"attn.o_proj.weight", {7, 0.5, 0}},
      {"jet.q_proj.weight", {1, 0.5, 0}},
      {"jet.k_proj.weight", {2, 0.5, 0}},
      {"jet.v_proj.weight", {3, 0.5, 0}},
      {"jet.b_proj.weight", {4, 0.5, 0}},
      {"jet.a_proj.weight", {5, 0.5, 0}},
      {"jet.A_log", {6, 1, 0}},
      {"jet.dt_bias", {7, 1, -1}},
      {"jet.dynamic_conv1d.kernel_generator.w1.weight", {8, 0.5, 0}},
      {"jet.dynamic_conv1d.kernel_generator.w2.weight", {9, 0.5, 0}},
      {"jet.dynamic_conv1d.kernel_generator.w2.bias", {10, 0.5, 0}},
      {"jet.g_proj.weight", {11, 0.5, 0}},
      {"jet.o_norm.weight", {12, 0.1, 1}},
      {"jet.o_proj.weight", {13, 0.5, 0}}};
  return rules;
}

Rule rule_of(const std::string& name) {
  if (name == "embed.weight") return {500, 1, 0};
  if (name == "head.norm.weight") return {2500, 0.1, 1};
  const double layer = name[7] - '0';
  const std::string rest = name.substr(9);
  const std::map<std::string, Rule> skeleton = {{"mixer.norm.weight", {2000, 0.1, 1}},
                                                {"mlp.norm.weight", {2100, 0.1, 1}},
                                                {"mlp.gate_proj.weight", {2200, 0.5, 0}},
                                                {"mlp.up_proj.weight", {2300, 0.5, 0}},
                                                {"mlp.down_proj.weight", {2400, 0.5, 0}}};
  if (const auto it = skeleton.find(rest); it != skeleton.end()) {
    return {it->second.seed + layer, it->second.amp, it->second.plus};
  }
  const Rule rule = mixer_rules().at(rest.substr(6));
  return {1000 + 100 * layer + rule.seed, rule.amp, rule.plus};
}

struct Tiny {
  std::unique_ptr<SearchSpace> space = test::space_of(kTiny);
  Arch arch = space->parse("mixer=jet,attn,jet,swa window=3 heads=2 dk=4 dv=6 mlp=16");
  ParameterStore store;

  explicit Tiny(at::ScalarType type) : store(make_store().converted(type)) {
    for (const Parameter& p : store.parameters()) {
      const Rule rule = rule_of(p.name);
      fill(store.view(p.name), rule.seed, rule.amp, rule.plus);
    }
  }
  ParameterStore make_store() const {
    const NetworkSpec spec = space->lower(arch);
    return ParameterStore(std::span(&spec, 1));
  }
};

at::Tensor ids() {
  return at::tensor(std::vector<int64_t>{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8}).unsqueeze(0);
}

const std::vector<double> kFirst = {-2.3799791649, -1.6178142472, 0.4115803170,  2.1185851010,
                                    2.1661077453,  0.5169238875,  -1.5371650923, -2.3871966966,
                                    -1.3673434045, 0.7235463815,  2.2476841891};
const std::vector<double> kLast = {2.3682017675,  1.9307804233,  -0.0190161503, -1.9539174234,
                                   -2.3583203156, -0.9154571049, 1.2444812494,  2.4296207128,
                                   1.7116446595,  -0.3470581555, -2.1339112298};

double distance(const at::Tensor& got, const std::vector<double>& want) {
  return (got.to(at::kDouble) - at::tensor(want, at::kDouble)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("the tiny hybrid gives the golden logits in float64 and float32") {
  for (const auto& [type, tolerance] :
       {std::pair(at::kDouble, 1e-9), std::pair(at::kFloat, 1e-5)}) {
    const Tiny tiny(type);
    GraphNet net(tiny.space->lower(tiny.arch), tiny.store);
    const at::Tensor logits = net.forward(ids(), RunMode::eval)[0];
    CHECK(distance(logits[0], kFirst) < tolerance);
    CHECK(distance(logits[11], kLast) < tolerance);
    const at::Tensor picked = at::log_softmax(logits.narrow(0, 0, 11), 1)
                                  .gather(1, ids()[0].narrow(0, 1, 11).unsqueeze(1));
    CHECK(-picked.mean().item<double>() == Approx(4.0878611283).margin(tolerance));
    CHECK(logits.argmax(1).equal(
        at::tensor(std::vector<int64_t>{10, 7, 4, 7, 10, 7, 7, 0, 10, 10, 4, 7})));
  }
}

TEST_CASE("any cutting of the tokens gives the same, and the caches keep what they should") {
  const Tiny tiny(at::kDouble);
  GraphNet net(tiny.space->lower(tiny.arch), tiny.store);
  const at::Tensor whole = net.forward(ids(), RunMode::eval);
  const std::vector<std::vector<int64_t>> cuts = {
      {4, 8}, {5, 1, 1, 5}, {7, 2, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {12}};
  for (const auto& cut : cuts) {
    for (const int64_t capacity : {0, 12}) {
      SequenceState state{.capacity = capacity};
      std::vector<at::Tensor> parts;
      int64_t begin = 0;
      for (const int64_t count : cut) {
        parts.push_back(net.forward(ids().narrow(1, begin, count), state));
        begin += count;
      }
      CHECK((at::cat(parts, 1) - whole).abs().max().item<double>() < 1e-11);
      CHECK(state.tokens == 12);
    }
  }
}

TEST_CASE("greedy decoding gives the golden tokens") {
  const Tiny tiny(at::kFloat);
  train::Generator generator(*tiny.space, tiny.arch, tiny.store, 20, 5);
  Rng rng(0);
  const at::Tensor tokens = generator.generate(ids(), 8, {}, rng);
  CHECK(tokens[0].equal(at::tensor(std::vector<int64_t>{7, 0, 7, 7, 7, 7, 7, 7})));
}

TEST_CASE("the bytes of the state are what the cost says") {
  const Tiny tiny(at::kFloat);
  train::Generator generator(*tiny.space, tiny.arch, tiny.store, 20, 5);
  Rng rng(0);
  generator.generate(ids(), 9, {}, rng);
  const Workload load{.tokens = 1, .context = 19, .phase = Phase::decode};
  int64_t expected = 0;
  for (const BlockUse& use : tiny.space->lower(tiny.arch, load).blocks) {
    expected += use.block->state_bytes;
  }
  CHECK(generator.state_bytes() == expected);
}
