// A tiny hybrid language model against figures computed in float64 outside this project.
// The fill rule is that of fill() below; layers jet, attn, jet, swa.
#include <torch/torch.h>

#include <cmath>
#include <functional>
#include <map>

#include "supernet/space/cost.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/catch.h"
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

/// Element i (from 0, row by row) is amp * sin(0.9 (i + 1) + seed).
void fill(const at::Tensor& into, double seed, double amp, double plus = 0) {
  const at::Tensor i = at::arange(1, into.numel() + 1, at::kDouble);
  into.copy_((amp * at::sin(0.9 * i + seed) + plus).view(into.sizes()));
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

namespace {

/// RWKV7's time mixing of one layer as its equations stand, token by token: x [T, hidden].
at::Tensor rwkv7(const at::Tensor& x, const ParameterStore& store, int64_t heads) {
  const auto w = [&](const std::string& part) {
    return store.view("layers.0.mixer.rwkv7." + part);
  };
  const auto low = [&](const std::string& part, const at::Tensor& u,
                       const std::function<at::Tensor(const at::Tensor&)>& inner) {
    return at::matmul(w(part + ".lora.2.weight"), inner(at::matmul(w(part + ".lora.0.weight"), u)));
  };
  const auto same = [](const at::Tensor& u) { return u; };
  const auto bend = [](const at::Tensor& u) { return at::tanh(u); };
  const auto gate = [](const at::Tensor& u) { return at::sigmoid(u); };
  const int64_t d_k = w("k_k").size(1), d_v = w("g_norm.weight").size(1);
  at::Tensor state = at::zeros({heads, d_k, d_v}, x.options());
  at::Tensor last = at::zeros_like(x[0]);
  std::vector<at::Tensor> rows;
  for (int64_t t = 0; t < x.size(0); ++t) {
    const auto mixed = [&](const char* name) { return x[t] + (last - x[t]) * w(name); };
    const auto by_head = [&](const at::Tensor& u) { return u.view({heads, -1}); };
    const at::Tensor r = by_head(at::matmul(w("r_proj.weight"), mixed("x_r")));
    const at::Tensor k = by_head(at::matmul(w("k_proj.weight"), mixed("x_k")));
    const at::Tensor v = by_head(at::matmul(w("v_proj.weight"), mixed("x_v")));
    const at::Tensor decay =
        at::exp(-std::exp(-0.5) *
                at::sigmoid(by_head(low("w_lora", mixed("x_w"), bend) + w("w_lora.lora.2.bias"))));
    const at::Tensor a =
        at::sigmoid(by_head(low("a_lora", mixed("x_a"), same) + w("a_lora.lora.2.bias")));
    const at::Tensor g = low("g_lora", mixed("x_g"), gate);
    at::Tensor kappa = k * w("k_k");
    kappa = kappa / (kappa.square().sum(-1, true) + 1e-6).sqrt();
    const at::Tensor key = k * (1 + (a - 1) * w("k_a"));
    at::Tensor out = at::zeros({heads, d_v}, x.options());
    for (int64_t h = 0; h < heads; ++h) {
      const at::Tensor transition = at::diag(decay[h]) - at::outer(kappa[h] * a[h], kappa[h]);
      state[h].copy_(at::matmul(transition, state[h]) + at::outer(key[h], v[h]));
      const at::Tensor o = at::matmul(state[h].t(), r[h]);
      const at::Tensor normal = (o - o.mean()) / (o.var(false) + 64e-5).sqrt();
      out[h] = normal * w("g_norm.weight")[h] + w("g_norm.bias")[h] +
               (r[h] * key[h] * w("r_k")[h]).sum() * v[h];
    }
    rows.push_back(at::matmul(w("o_proj.weight"), out.flatten() * g));
    last = x[t];
  }
  return at::stack(rows);
}

constexpr const char* kRwkv = R"(
family: hybrid_lm
vocab: 13
hidden: 12
layers: 1
mixers: [rwkv7]
attention: {heads: 2, kv_heads: 1, head_dim: 4}
linear: {heads: [3], d_k: [4], d_v: [6]}
mlp: [16]
)";

}  // namespace

TEST_CASE("RWKV7's layer is what its equations say, in one piece and in several") {
  const auto space = test::space_of(kRwkv);
  const NetworkSpec spec = space->lower(space->largest());
  const ParameterStore store = ParameterStore(std::span(&spec, 1)).converted(at::kDouble);
  double seed = 0;
  for (const Parameter& p : store.parameters()) {
    const bool norm = p.name.ends_with("norm.weight");
    fill(store.view(p.name), ++seed, norm ? 0.1 : 0.5, norm ? 1 : 0);
  }
  const at::Tensor tokens = at::tensor(std::vector<int64_t>{3, 1, 4, 1, 5, 9, 2, 6, 5, 12, 0, 8});
  const at::Tensor x = at::embedding(store.view("embed.weight"), tokens);
  const at::Tensor normed =
      x * at::rsqrt(x.square().mean(-1, true) + 1e-6) * store.view("layers.0.mixer.norm.weight");
  const at::Tensor want = rwkv7(normed, store, 3);
  GraphNet net(spec, store);
  Taps taps{.blocks = {"layers.0.mixer"}, .values = {}};
  const at::Tensor ids = tokens.unsqueeze(0);
  const at::Tensor logits = net.forward(std::span(&ids, 1), RunMode::eval, &taps);
  CHECK((taps.values.at("layers.0.mixer")[0] - want).abs().max().item<double>() < 1e-12);
  for (const auto& cut : {std::vector<int64_t>{5, 1, 4, 2}, std::vector<int64_t>(12, 1)}) {
    SequenceState state;
    std::vector<at::Tensor> parts;
    int64_t begin = 0;
    for (const int64_t count : cut) {
      parts.push_back(net.forward(ids.narrow(1, begin, count), state));
      begin += count;
    }
    CHECK((at::cat(parts, 1) - logits).abs().max().item<double>() < 1e-12);
  }
}

TEST_CASE("every mixer runs in bfloat16, with states in float32 and the bytes that were foretold") {
  constexpr const char* kAll = R"(
family: hybrid_lm
vocab: 64
hidden: 64
layers: 3
mixers: [delta, gdn, gla, jet, mamba2, retnet, rwkv7, swa, attn]
attention: {heads: 4, kv_heads: 2, head_dim: 16, window: [8]}
linear: {heads: [2], d_k: [16], d_v: [32]}
mlp: [96]
)";
  const auto space = test::space_of(kAll);
  const at::Tensor ids = at::arange(70, at::kLong).mul(29).remainder(64).view({1, 70});
  for (const std::string mixer :
       {"delta", "gdn", "gla", "jet", "mamba2", "retnet", "rwkv7", "swa", "attn"}) {
    INFO(mixer);
    const Arch arch = space->parse("mixer=" + mixer + ",swa,attn");
    const NetworkSpec spec = space->lower(arch);
    ParameterStore store(std::span(&spec, 1));
    store.initialise(Rng(7));
    const at::Tensor want = GraphNet(spec, store).forward(ids, RunMode::eval);
    const ParameterStore narrow = store.converted(at::kBFloat16);
    GraphNet net(spec, narrow);
    SequenceState state{.capacity = 70};
    std::vector<at::Tensor> parts = {net.forward(ids.narrow(1, 0, 67), state)};
    for (int64_t t = 67; t < 70; ++t) parts.push_back(net.forward(ids.narrow(1, t, 1), state));
    const at::Tensor got = at::cat(parts, 1);
    CHECK(got.scalar_type() == at::kBFloat16);
    const at::Tensor error = got.to(at::kFloat) - want;
    CHECK((error.norm() / want.norm()).item<double>() < 0.03);
    const Workload load{
        .tokens = 1, .context = 69, .phase = Phase::decode, .precision = Precision::bf16};
    CHECK(state.bytes() == network_cost(space->lower(arch, load)).state_bytes);
  }
}
