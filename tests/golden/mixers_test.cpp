// Token mixers as whole layers: RWKV7 against its equations, all of them in bfloat16.
#include <ATen/ATen.h>

#include <cmath>
#include <functional>

#include "core/str.h"
#include "supernet/blocks/linear_mixers.h"
#include "supernet/export/language_config.h"
#include "supernet/space/cost.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/catch.h"
#include "tests/support/recurrence_samples.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "trainers/language/language_folder.h"

using namespace tailor;
using namespace tailor::supernet;

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
    const at::Tensor into = store.view(p.name);
    into.copy_(test::sine_fill(++seed, into.sizes(), norm ? 0.1 : 0.5) + (norm ? 1 : 0));
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
attention: {heads: 4, kv_heads: 2, head_dim: 16, window: [8]}
linear: {heads: [2], d_k: [16], d_v: [32]}
mlp: [96]
)";
  const auto space =
      test::space_of(str(kAll, "mixers: [", join(linear_mixer_names(), ", "), ", swa, attn]\n"));
  const at::Tensor ids = at::arange(70, at::kLong).mul(29).remainder(64).view({1, 70});
  std::vector<std::string> mixers = linear_mixer_names();
  mixers.insert(mixers.end(), {"swa", "attn"});
  for (const std::string& mixer : mixers) {
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

TEST_CASE("a part of every mixer's supernet is the network that its folder holds") {
  constexpr const char* kElastic = R"(
family: hybrid_lm
vocab: 32
hidden: 192
layers: 2
attention: {heads: 4, kv_heads: 2, head_dim: 16, bias: true}
linear: {heads: [1, 2], d_k: [64, 128], d_v: [32, 64], reduction: 4}
mlp: [32]
)";
  const at::Tensor ids = at::arange(20, at::kLong).mul(7).remainder(32).view({2, 10});
  for (const std::string& mixer : linear_mixer_names()) {
    INFO(mixer);
    const auto space = test::space_of(str(kElastic, "mixers: [", mixer, ", attn]\n"));
    ParameterStore store = ParameterStore::of_space(*space);
    store.initialise(Rng(3));
    for (const char* sizes : {"heads=2 dk=128 dv=64", "heads=1 dk=64 dv=32"}) {
      const Arch arch = space->parse(str("mixer=", mixer, ",attn ", sizes));
      const NetworkSpec spec = space->lower(arch);
      const at::Tensor want = GraphNet(spec, store).forward(ids, RunMode::eval);
      const test::TempDir folder;
      train::save_language_folder(folder.file("."), lm_config_of(spec), *space, arch, store);
      const train::FolderModel model = train::load_language_folder(folder.file("."));
      const at::Tensor got =
          GraphNet(model.space->lower(model.arch), model.store).forward(ids, RunMode::eval);
      CHECK((got - want).abs().max().item<double>() < 1e-5 * want.abs().max().item<double>());
    }
  }
}
