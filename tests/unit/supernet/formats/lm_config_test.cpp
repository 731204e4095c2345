// covers: supernet/formats/lm_config_json.cpp, supernet/formats/lm_config_space.cpp
#include "supernet/formats/lm_config.h"

#include <cmath>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::replaced;

namespace {

/// Qwen2.5-0.5B's, without what has no meaning for the network.
const std::string kQwen2 = R"({
  "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "hidden_act": "silu",
  "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
  "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32768,
  "max_window_layers": 24, "sliding_window": 32768, "use_sliding_window": false,
  "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "tie_word_embeddings": true,
  "eos_token_id": 151643, "vocab_size": 151936})";

const std::string kQwen3 = R"({
  "model_type": "qwen3", "attention_bias": false, "head_dim": 128, "hidden_size": 1024,
  "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
  "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
  "tie_word_embeddings": true, "eos_token_id": [151645, 151643], "vocab_size": 151936})";

const std::string kLlama = R"({
  "model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3,
  "num_attention_heads": 4, "rms_norm_eps": 1e-05, "vocab_size": 100,
  "rope_parameters": {"rope_type": "default", "rope_theta": 500000.0}})";

/// NVlabs/Jet-Nemotron's two models.
std::string jet(int layers, const std::vector<int>& full, const std::vector<int>& windowed,
                const std::string& sizes, const std::string& attention) {
  std::vector<std::string> types(static_cast<size_t>(layers), "\"jet\"");
  for (int i : full) types[static_cast<size_t>(i)] = "\"attn\"";
  for (int i : windowed) types[static_cast<size_t>(i)] = "\"swa\"";
  return str(R"({"model_type": "jet_nemotron", "num_hidden_layers": )", layers,
             R"(, "num_key_value_heads": 2, "vocab_size": 151936, "rope_theta": 1000000.0,
             "tie_word_embeddings": true, "rope_scaling": null, "layer_types": [)",
             join(types, ", "), "], ", sizes, R"(, "efficient_attention_config": )", attention,
             "}");
}

std::string jet_2b() {
  return jet(28, {14, 19}, {20, 21},
             R"("hidden_size": 1536, "intermediate_size": 8960, "num_attention_heads": 12)",
             R"({"swa": {"window_size": 1152}, "jet": {"mode": "chunk", "expand_v": 2.6666666667,
                "head_dim": 96, "num_heads": 12, "norm_eps": "1e-5", "conv_size": 4,
                "dconv_generator_reduction": 8, "dconv_implementation": "triton"}})");
}

std::string jet_4b() {
  return jet(36, {17, 20, 32}, {5, 16, 19, 21, 22, 25, 27},
             R"("hidden_size": 2048, "intermediate_size": 11008, "num_attention_heads": 16)",
             R"({"swa": {"window_size": 2048}, "jet": {"expand_v": 2, "head_dim": 128,
                "num_heads": 16, "norm_eps": "1e-5"}})");
}

LmConfig read(const std::string& text) { return LmConfig::parse(text, "config.json"); }

int64_t params(const std::string& text) {
  const LmConfig config = read(text);
  const auto space = test::space_of(config.space_yaml());
  return network_cost(space->lower(space->parse(config.arch_text()))).params;
}

std::string error(const std::string& text) {
  return error_text<ConfigError>([&] { read(text); });
}

}  // namespace

TEST_CASE("published configs give networks of the published sizes") {
  CHECK(params(kQwen2) == 494032768);
  CHECK(params(kQwen3) == 596049920);
  CHECK(params(jet_2b()) == 1964806208);
  CHECK(params(jet_4b()) == 3960424768);
}

TEST_CASE("what a config leaves out has transformers' default") {
  const LmConfig c = read(kLlama);
  CHECK(c.kv_heads == 4);
  CHECK(c.head_dim == 16);
  CHECK(c.rope_theta == 5e5);
  CHECK(!c.tied);
  CHECK(!c.bias);
  CHECK(c.end_tokens.empty());
  CHECK(read(replaced(kLlama, R"("rope_theta": 500000.0)", R"("factor": 1)")).rope_theta == 1e4);
  CHECK(read(kQwen2).bias);
  CHECK(read(kQwen3).qk_norm);
  CHECK(read(kQwen3).end_tokens == std::vector<int64_t>{151645, 151643});
  CHECK(read(kQwen2).end_tokens == std::vector<int64_t>{151643});
}

TEST_CASE("windows of Qwen are layers of windowed attention") {
  const auto mixers = [](const std::string& text) {
    std::string out;
    for (const LmLayer& layer : read(text).layers) {
      out += str(layer.mixer, layer.window > 0 ? str(":", layer.window) : "", " ");
    }
    return out;
  };
  std::string text = replaced(kQwen2, R"("num_hidden_layers": 24)", R"("num_hidden_layers": 3)");
  CHECK(mixers(text) == "attn attn attn ");
  text = replaced(text, R"("use_sliding_window": false)", R"("use_sliding_window": true)");
  CHECK(mixers(text) == "attn attn attn ");
  const std::string later =
      replaced(text, R"("max_window_layers": 24)", R"("max_window_layers": 1)");
  CHECK(mixers(later) == "attn swa:32768 swa:32768 ");
  const std::string named =
      replaced(later, R"("hidden_act")",
               R"("layer_types": ["sliding_attention", "full_attention", "full_attention"],
                  "hidden_act")");
  CHECK(mixers(named) == "swa:32768 attn attn ");
  CHECK(error(replaced(named, R"("use_sliding_window": true)", R"("use_sliding_window": false)")) ==
        "config.json: use_sliding_window: must be true, since layer 0 is sliding_attention");
  CHECK(error(replaced(named, R"("sliding_window": 32768)", R"("sliding_window": null)")) ==
        "config.json: sliding_window: is needed and not there");
  CHECK(error(replaced(named, R"("full_attention")", R"("chunked")")) ==
        "config.json: layer_types: must hold full_attention or sliding_attention, got 'chunked'");
}

TEST_CASE("Jet-Nemotron's sizes are read as its code reads them") {
  const LmConfig c = read(jet_2b());
  CHECK(c.layers[0] == LmLayer{.mixer = "jet", .heads = 12, .d_k = 96, .d_v = 256, .mlp = 8960});
  CHECK(c.layers[14] == LmLayer{.mixer = "attn", .mlp = 8960});
  CHECK(c.layers[20] == LmLayer{.mixer = "swa", .window = 1152, .mlp = 8960});
  CHECK(c.linear_eps == 1e-5);
  // A product that lies just below a whole number.
  CHECK(read(replaced(jet_2b(), "2.6666666667", "2.6666666666")).layers[0].d_v == 256);
  CHECK(read(replaced(jet_2b(), "2.6666666667", "\"2.6666666667\"")).layers[0].d_v == 256);
  CHECK(error(replaced(jet_2b(), "2.6666666667", "2.67"))
            .starts_with("config.json: efficient_attention_config.jet.expand_v: must give a whole "
                         "number of at most 2048 values a head, got 96 x 2.67 = "));
  // Layer types as text, and none.
  const std::string small =
      replaced(kLlama, "\"model_type\": \"llama\"",
               R"("model_type": "jet_nemotron", "layer_types": "['jet', 'attn', 'jet']",
         "efficient_attention_config": {"jet": {}})");
  const LmConfig text = read(small);
  CHECK(text.layers[2] == LmLayer{.mixer = "jet", .heads = 6, .d_k = 256, .d_v = 512, .mlp = 96});
  CHECK(text.layers[1].mixer == "attn");
  CHECK(read(replaced(small, R"("['jet', 'attn', 'jet']")", "null")).layers[0].mixer == "attn");
  CHECK(error(replaced(small, R"(['jet', 'attn', 'jet'])", "jet"))
            .starts_with("config.json: layer_types: must be a list of texts"));
  CHECK(error(replaced(small, R"(['jet', 'attn', 'jet'])", "['gdn', 'attn', 'jet']")) ==
        "config.json: layer_types: must hold attn, swa or jet, got 'gdn'");
  CHECK(error(replaced(small, R"("jet": {})", R"("swa": {})")) ==
        "config.json: efficient_attention_config.jet: is needed and not there");
}

TEST_CASE("a hybrid of any sizes has a form of its own") {
  const LmConfig c = read(R"({
    "model_type": "tailor_hybrid_lm", "vocab_size": 64, "hidden_size": 32, "num_hidden_layers": 4,
    "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "qk_norm": true,
    "layers": [{"mixer": "gdn", "heads": 2, "d_k": 8, "d_v": 16, "mlp": 48},
               {"mixer": "swa", "window": 7, "mlp": 0}, {"mixer": "none", "mlp": 24},
               {"mixer": "retnet", "heads": 1, "d_k": 4, "d_v": 8, "mlp": 24}]})");
  CHECK(c.arch_text() ==
        "mixer=gdn,swa,none,retnet window=0,7,0,0 heads=2,0,0,1 dk=8,0,0,4 dv=16,0,0,8 "
        "mlp=48,0,24,24");
  const auto space = test::space_of(c.space_yaml());
  CHECK(space->print(space->parse(c.arch_text())) == c.arch_text());
}

TEST_CASE("models that family hybrid_lm does not have are refused by key") {
  const auto with = [](const std::string& more) {
    return error(replaced(kLlama, "\"vocab_size\": 100", "\"vocab_size\": 100, " + more));
  };
  CHECK(error(replaced(kLlama, "\"llama\"", "\"mistral\""))
            .starts_with("config.json: model_type: unknown language model 'mistral'"));
  CHECK(error(replaced(kLlama, "\"model_type\": \"llama\",", "")) ==
        "config.json: model_type: is needed and not there");
  CHECK(with(R"("attention_bias": true)") ==
        "config.json: attention_bias: must be false: o_proj has no bias here");
  CHECK(with(R"("mlp_bias": true)") == "config.json: mlp_bias: must be false");
  CHECK(with(R"("hidden_act": "gelu")") == "config.json: hidden_act: must be silu, got 'gelu'");
  CHECK(with(R"("partial_rotary_factor": 0.5)").starts_with("config.json: partial_rotary_factor"));
  CHECK(with(R"("quantization_config": {"bits": 4})") ==
        "config.json: quantization_config: quantised weights are not supported");
  CHECK(with(R"("layer_types": ["full_attention"])") ==
        "config.json: layer_types: names 1 layers, num_hidden_layers is 3");
}

TEST_CASE("sizes that cannot be are refused by key") {
  const auto instead = [](const std::string& from, const std::string& to) {
    return error(replaced(kLlama, from, to));
  };
  CHECK(instead("\"vocab_size\": 100", "\"vocab_size\": 1e30")
            .starts_with("config.json: vocab_size: must be an integer in [2, 4194304]"));
  CHECK(instead("\"hidden_size\": 64", "\"hidden_size\": 65") ==
        "config.json: num_attention_heads: must divide hidden_size, 65, got 4");
  CHECK(instead("\"hidden_size\": 64", "\"hidden_size\": 4") ==
        "config.json: head_dim: must be even and at least 2, got 1");
  CHECK(instead("\"hidden_size\": 64", "\"num_key_value_heads\": 3, \"hidden_size\": 64") ==
        "config.json: num_key_value_heads: must divide num_attention_heads, 4, got 3");
  CHECK(instead("\"vocab_size\": 100", "\"vocab_size\": 100, \"eos_token_id\": \"end\"") ==
        "config.json: eos_token_id: must be a token's id or a list of them, got \"end\"");
  CHECK(instead("{\n", "[\n").starts_with("config.json: the file is not JSON"));
}

TEST_CASE("a config that is written reads back as it was") {
  for (const std::string& text : {kQwen2, kQwen3, kLlama, jet_2b(), jet_4b()}) {
    const LmConfig config = read(text);
    INFO(config.json());
    CHECK(config.published_type() == config.model_type);
    CHECK(read(config.json()) == config);
  }
  CHECK(read(jet_2b()).json().find("\"expand_v\": 2.66666666666666") != std::string::npos);
}

TEST_CASE("the form is the first that can hold the layers") {
  LmConfig c = read(kQwen2);
  const auto type_of = [](const LmConfig& config) {
    CHECK(read(config.json()).layers == config.layers);
    CHECK(read(config.json()).head_dim == config.head_dim);
    return config.published_type();
  };
  c.layers[3] = {.mixer = "swa", .window = 64, .mlp = 4864};
  CHECK(type_of(c) == "qwen2");
  c.layers[4] = {.mixer = "swa", .window = 65, .mlp = 4864};
  CHECK(type_of(c) == "tailor_hybrid_lm");
  c.layers[4] = {.mixer = "jet", .heads = 3, .d_k = 96, .d_v = 100, .mlp = 4864};
  CHECK(type_of(c) == "jet_nemotron");
  c.layers[5] = {.mixer = "jet", .heads = 3, .d_k = 96, .d_v = 101, .mlp = 4864};
  CHECK(type_of(c) == "tailor_hybrid_lm");
  c.layers[5] = {.mixer = "none", .mlp = 0};
  CHECK(type_of(c) == "tailor_hybrid_lm");
  c = read(kLlama);
  c.layers[0].mlp = 50;
  CHECK(type_of(c) == "tailor_hybrid_lm");
  c = read(kLlama);
  c.head_dim = 18;
  CHECK(type_of(c) == "llama");
  c.bias = true;
  CHECK(type_of(c) == "tailor_hybrid_lm");
  c = read(kQwen3);
  c.layers[0] = {.mixer = "swa", .window = 64, .mlp = 3072};
  CHECK(type_of(c) == "qwen3");
}

TEST_CASE("values a head survive the way through expand_v") {
  LmConfig c = read(jet_2b());
  for (int64_t d_k = 2; d_k <= 130; ++d_k) {
    for (const int64_t d_v : {int64_t{1}, d_k - 1, d_k + 1, 3 * d_k + 2}) {
      for (LmLayer& layer : c.layers) {
        if (layer.mixer == "jet")
          layer = {.mixer = "jet", .heads = 12, .d_k = d_k, .d_v = d_v, .mlp = 8960};
      }
      CHECK(read(c.json()).layers == c.layers);
    }
  }
}

TEST_CASE("positions stretched to a longer context") {
  const auto with = [](const std::string& scaling) {
    return replaced(kQwen3, R"("rope_scaling": null)", R"("rope_scaling": )" + scaling);
  };
  const LmConfig llama3 =
      read(with(R"({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                    "high_freq_factor": 4.0, "original_max_position_embeddings": 8192})"));
  CHECK(llama3.rope_scaling == RopeScaling{.kind = "llama3", .factor = 8, .context = 8192});
  const LmConfig yarn =
      read(with(R"({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768})"));
  CHECK(yarn.rope_scaling.slow == 1);
  CHECK(yarn.rope_scaling.fast == 32);
  CHECK(yarn.rope_scaling.context == 32768);
  CHECK(yarn.rope_scaling.amplitude == Approx(0.1 * std::log(4) + 1));
  CHECK(read(with(R"({"type": "linear", "factor": 2})")).rope_scaling ==
        RopeScaling{.kind = "linear", .factor = 2});
  for (const LmConfig& config : {llama3, yarn}) {
    CHECK(read(config.json()).rope_scaling == config.rope_scaling);
  }
  CHECK(error(with(R"({"type": "dynamic", "factor": 2})")) ==
        "config.json: rope_scaling.rope_type: must be default, linear, llama3 or yarn, got "
        "'dynamic'");
  CHECK(error(with(R"({"type": "yarn"})")) ==
        "config.json: rope_scaling.factor: is needed and not there");
  CHECK(error(with(R"({"type": "yarn", "factor": 4, "truncate": false})")) ==
        "config.json: rope_scaling.truncate: must be true");
  CHECK(error(with(R"({"type": "yarn", "factor": 4, "beta_fast": 0.5})")) ==
        "config.json: rope_scaling.rope_type: slow must be below fast, got 1 and 0.5");
}
