#include "supernet/export/language_config.h"

#include "core/error.h"
#include "supernet/blocks/linear_mixers.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

const char* const kSpace = R"(family: hybrid_lm
vocab: 50
hidden: 24
layers: 5
rms_eps: 0.00001
mixers: [none, delta, gdn, gla, jet, mamba2, retnet, rwkv7, swa, attn]
mlp: [0, 20, 40]
attention: {heads: 4, kv_heads: 2, head_dim: 6, window: [3, 9], rope_theta: 5000}
linear: {heads: [1, 2], d_k: [4, 8], d_v: [6, 10], conv: 3, reduction: 5, eps: 0.001}
)";

LmConfig config_of(const std::string& space, const std::string& arch) {
  const auto made = test::space_of(space);
  const Arch parsed = made->parse(arch);
  const LmConfig config = lm_config_of(made->lower(parsed));
  CHECK(lm_config_of(standalone(made->lower(parsed))) == config);
  // The config's own space has the same network.
  const auto alone = test::space_of(config.space_yaml());
  CHECK(lm_config_of(alone->lower(alone->parse(config.arch_text()))) == config);
  return config;
}

}  // namespace

TEST_CASE("a hybrid's config is read off its network") {
  const LmConfig c = config_of(kSpace,
                               "mixer=jet,swa,none,gdn,attn window=0,9,0,0,0 heads=2,0,0,1,0 "
                               "dk=4,0,0,8,0 dv=10,0,0,6,0 mlp=20,0,40,40,20");
  CHECK(c.model_type == "tailor_hybrid_lm");
  CHECK(c.vocab == 50);
  CHECK(c.hidden == 24);
  CHECK(c.tied);
  CHECK(c.bias);
  CHECK(!c.qk_norm);
  CHECK(c.heads == 4);
  CHECK(c.kv_heads == 2);
  CHECK(c.head_dim == 6);
  CHECK(c.rope_theta == 5000);
  CHECK(c.rms_eps == 1e-5);
  CHECK(c.linear_eps == 1e-3);
  CHECK(c.conv == 3);
  CHECK(c.reduction == 5);
  REQUIRE(c.layers.size() == 5);
  CHECK(c.layers[0] == LmLayer{.mixer = "jet", .heads = 2, .d_k = 4, .d_v = 10, .mlp = 20});
  CHECK(c.layers[1] == LmLayer{.mixer = "swa", .window = 9});
  CHECK(c.layers[2] == LmLayer{.mixer = "none", .mlp = 40});
  CHECK(c.layers[3] == LmLayer{.mixer = "gdn", .heads = 1, .d_k = 8, .d_v = 6, .mlp = 40});
  CHECK(c.layers[4] == LmLayer{.mixer = "attn", .mlp = 20});
}

TEST_CASE("every linear mixer's sizes are found") {
  for (const std::string& mixer : linear_mixer_names()) {
    INFO(mixer);
    const LmConfig c = config_of(kSpace, "mixer=" + mixer + " heads=2 dk=8 dv=6 mlp=40");
    CHECK(c.layers[4] == LmLayer{.mixer = mixer, .heads = 2, .d_k = 8, .d_v = 6, .mlp = 40});
    CHECK(c.linear_eps == 1e-3);
  }
}

TEST_CASE("transformers and Jet-Nemotron's hybrids have their own types") {
  const std::string uniform = "heads=2 dk=4 dv=10 mlp=40";
  CHECK(config_of(kSpace, "mixer=attn mlp=40").model_type == "qwen2");
  CHECK(config_of(kSpace, "mixer=attn,swa,attn,attn,attn window=3 mlp=40").model_type == "qwen2");
  CHECK(config_of(kSpace, "mixer=jet,attn,jet,swa,jet window=3 " + uniform).model_type ==
        "jet_nemotron");
  const std::string llama = "family: hybrid_lm\nlayers: 2\ntied: false\nattention: {bias: false}\n";
  CHECK(config_of(llama, "mixer=attn mlp=512").model_type == "llama");
  CHECK(!config_of(llama, "mixer=attn mlp=512").tied);
  const std::string qwen3 =
      "family: hybrid_lm\nlayers: 2\nattention: {bias: false, qk_norm: true, head_dim: 20}\n";
  CHECK(config_of(qwen3, "mixer=attn mlp=512").model_type == "qwen3");
}

TEST_CASE("a generator's reduction is one that gives every layer its width") {
  const auto space = test::space_of(
      "family: hybrid_lm\nlayers: 2\nmixers: [jet]\n"
      "linear: {heads: [1], d_k: [4], d_v: [10, 20], reduction: 4}\n");
  const Arch arch = space->parse("mixer=jet heads=1 dk=4 dv=10,20 mlp=512");
  CHECK(lm_config_of(space->lower(arch)).reduction == 4);
}

TEST_CASE("a network of images has no such config") {
  const auto space = test::space_of(test::kTinyMobileNet);
  CHECK(error_text<Error>([&] {
          lm_config_of(space->lower(space->largest()));
        }).find("is no part of a language model") != std::string::npos);
}

TEST_CASE("stretched positions are read off the network") {
  const std::string space =
      "family: hybrid_lm\nlayers: 2\nattention: {bias: false, rope_scaling: {kind: llama3, factor: "
      "8, slow: 1, fast: 4, context: 64}}\n";
  const LmConfig c = config_of(space, "mixer=attn mlp=512");
  CHECK(c.rope_scaling == RopeScaling{.kind = "llama3", .factor = 8, .context = 64});
  CHECK(LmConfig::parse(c.json(), "config.json").rope_scaling == c.rope_scaling);
}
