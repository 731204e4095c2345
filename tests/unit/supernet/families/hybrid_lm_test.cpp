#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::space_of;

namespace {

/// Jet-Nemotron-2B, its layers given as text.
const char* kJet2B = R"(
family: hybrid_lm
vocab: 151936
hidden: 1536
layers: 28
mixers: [gdn, jet, swa, attn]
attention: {heads: 12, kv_heads: 2, head_dim: 128, window: [1152]}
linear: {heads: [4, 8, 12], d_k: [64, 96, 128, 192, 256], d_v: [144, 192, 256, 288, 384, 576]}
mlp: [8960]
)";

const char* kJet4B = R"(
family: hybrid_lm
vocab: 151936
hidden: 2048
layers: 36
mixers: [jet, swa, attn]
attention: {heads: 16, kv_heads: 2, head_dim: 128, window: [2048]}
linear: {heads: [16], d_k: [128], d_v: [256]}
mlp: [11008]
)";

/// "jet" but for some layers.
std::string mixers(int layers, const std::string& rest, const std::vector<int>& full,
                   const std::vector<int>& windowed) {
  std::vector<std::string> names(static_cast<size_t>(layers), rest);
  for (int i : full) names[static_cast<size_t>(i)] = "attn";
  for (int i : windowed) names[static_cast<size_t>(i)] = "swa";
  return "mixer=" + join(names, ",");
}

Arch jet_2b(const SearchSpace& space, const std::string& mixer = "jet",
            const std::string& sizes = "heads=12 dk=96 dv=256") {
  return space.parse(mixers(28, mixer, {14, 19}, {20, 21}) + " window=1152 " + sizes + " mlp=8960");
}

double mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

TEST_CASE("Jet-Nemotron's two models have the published number of parameters") {
  const auto two = space_of(kJet2B);
  CHECK(network_cost(two->lower(jet_2b(*two))).params == 1964806208);
  const auto four = space_of(kJet4B);
  const Arch arch = four->parse(mixers(36, "jet", {17, 20, 32}, {5, 16, 19, 21, 22, 25, 27}) +
                                " window=2048 heads=16 dk=128 dv=256 mlp=11008");
  CHECK(network_cost(four->lower(arch)).params == 3960424768);
}

TEST_CASE("the sizes of PostNAS's table 2 have its parameters and one size of state") {
  const auto space = space_of(kJet2B);
  const std::vector<std::tuple<int, int, int, double>> rows = {
      {256, 288, 4, 1.615},  {192, 384, 4, 1.639}, {128, 576, 4, 1.705},
      {256, 144, 8, 1.691},  {192, 192, 8, 1.696}, {128, 288, 8, 1.743},
      {128, 192, 12, 1.781}, {96, 256, 12, 1.838}, {64, 384, 12, 1.979}};
  for (const auto& [d_k, d_v, heads, billions] : rows) {
    INFO(d_k << " " << d_v << " " << heads);
    const Arch arch = jet_2b(*space, "gdn", str("heads=", heads, " dk=", d_k, " dv=", d_v));
    const double params = static_cast<double>(network_cost(space->lower(arch)).params);
    CHECK(params / 1e9 == Approx(billions).margin(0.0006));
    CHECK(d_k * d_v * heads == 294912);
  }
}

TEST_CASE("caches at 64 k tokens have the published size") {
  const Workload last{
      .tokens = 1, .context = 65535, .phase = Phase::decode, .precision = Precision::bf16};
  const auto two = space_of(kJet2B);
  const double history_2b = 24.0 * 3072 * 3 * 2 / (1 << 20);  // of the short convolutions
  CHECK(mebibytes(network_cost(two->lower(jet_2b(*two), last)).state_bytes) ==
        Approx(157.25 + history_2b));
  const auto four = space_of(kJet4B);
  const Arch arch = four->parse(mixers(36, "jet", {17, 20, 32}, {5, 16, 19, 21, 22, 25, 27}) +
                                " window=2048 heads=16 dk=128 dv=256 mlp=11008");
  const double history_4b = 26.0 * 4096 * 3 * 2 / (1 << 20);
  CHECK(mebibytes(network_cost(four->lower(arch, last)).state_bytes) == Approx(258.0 + history_4b));
}

TEST_CASE("a layer's sizes matter where its mixer has them") {
  const auto space = space_of("family: hybrid_lm\nlayers: 2\nmixers: [none, gla, swa, attn]\n");
  CHECK(space->groups() == std::vector<std::string>{"mixer", "window", "heads", "dk", "dv", "mlp"});
  const Arch arch = space->parse("mixer=swa,gla window=64 heads=4 dk=32 dv=64 mlp=512");
  CHECK(space->print(arch) == "mixer=swa,gla window=64,0 heads=0,4 dk=0,32 dv=0,64 mlp=512,512");
  CHECK(space->count() == 16);
}

TEST_CASE("a layer without mixer and MLP is no block") {
  const auto space = space_of("family: hybrid_lm\nlayers: 3\nmixers: [none, attn]\nmlp: [0, 64]\n");
  const auto names = [&](const std::string& arch) {
    return test::block_names(space->lower(space->parse(arch)));
  };
  CHECK(
      names("mixer=none,attn,none mlp=0,0,64") ==
      std::vector<std::string>{"embed", "layers.1.mixer", "layers.1.mlp", "layers.2.mlp", "head"});
}

TEST_CASE("tokens come from the workload, and a prefill ends with one") {
  const auto space = space_of("family: hybrid_lm\nlayers: 1\nvocab: 50\ntokens: 12\n");
  const Arch arch = space->largest();
  CHECK(space->lower(arch).output() == Shape{1, 12, 50});
  CHECK(space->lower(arch, {.batch = 3, .tokens = 5}).output() == Shape{3, 5, 50});
  CHECK(space->lower(arch, {.tokens = 5, .phase = Phase::prefill}).output() == Shape{1, 1, 50});
}

TEST_CASE("parameters have the names of Hugging Face checkpoints") {
  const auto space =
      space_of("family: hybrid_lm\nlayers: 1\ntied: false\nmixers: [jet, swa, attn]\n");
  const Arch arch = space->largest();
  const auto name = [&](const std::string& ours) {
    return space->published_subnet_name(arch, ours);
  };
  CHECK(name("embed.weight") == "model.embed_tokens.weight");
  CHECK(name("layers.0.mixer.norm.weight") == "model.layers.0.input_layernorm.weight");
  CHECK(name("layers.0.mlp.norm.weight") == "model.layers.0.post_attention_layernorm.weight");
  CHECK(name("layers.0.mlp.up_proj.weight") == "model.layers.0.mlp.up_proj.weight");
  CHECK(name("layers.0.mixer.attn.q_proj.bias") == "model.layers.0.self_attn.q_proj.bias");
  CHECK(name("layers.0.mixer.jet.dynamic_conv1d.kernel_generator.w2.bias") ==
        "model.layers.0.self_attn.dynamic_conv1d.kernel_generator.w2.bias");
  CHECK(name("head.norm.weight") == "model.norm.weight");
  CHECK(name("head.linear.weight") == "lm_head.weight");
}

TEST_CASE("a language model that cannot be is refused") {
  const auto wrong = [](const std::string& yaml) {
    return error_text<ConfigError>([&] { space_of("family: hybrid_lm\n" + yaml); });
  };
  CHECK(wrong("attention: {heads: 6, kv_heads: 4}\n").find("must divide heads, 6") !=
        std::string::npos);
  CHECK(wrong("attention: {head_dim: 5}\n").find("must be even, got 5") != std::string::npos);
  CHECK(wrong("mixers: [attn, attn]\n").find("holds attn twice") != std::string::npos);
  CHECK(wrong("mixers: [gnd]\n").find("gdn") != std::string::npos);
  CHECK(wrong("linear: {heads: [1], d_v: [4]}\n").find("leaves no width") != std::string::npos);
}
