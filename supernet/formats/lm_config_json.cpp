// Writing config.json.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "supernet/formats/lm_config.h"

namespace tailor {
namespace {

using json = nlohmann::ordered_json;

constexpr int64_t kPositions = 32768;  // where nothing says how many

bool has(const LmConfig& c, const std::string& mixer) {
  return std::any_of(c.layers.begin(), c.layers.end(),
                     [&](const LmLayer& layer) { return layer.mixer == mixer; });
}

/// Are all layers of the named mixers, with one width of MLP, one window, one size of the rest?
bool uniform(const LmConfig& c, const std::vector<std::string>& mixers) {
  for (const LmLayer& layer : c.layers) {
    if (std::find(mixers.begin(), mixers.end(), layer.mixer) == mixers.end()) return false;
    if (layer.mlp != c.layers[0].mlp || layer.mlp == 0) return false;
    for (const LmLayer& other : c.layers) {
      if (other.mixer == layer.mixer && !(other == layer)) return false;
    }
  }
  return true;
}

const LmLayer* first_of(const LmConfig& c, const std::string& mixer) {
  for (const LmLayer& layer : c.layers) {
    if (layer.mixer == mixer) return &layer;
  }
  return nullptr;
}

/// The double next to d_v / d_k whose products with d_k and with all keys, cut to integers as
/// NVlabs/Jet-Nemotron cuts them, give the values.
double expand_v(const LmLayer& jet) {
  const auto keys = static_cast<double>(jet.d_k), values = static_cast<double>(jet.d_v);
  const auto heads = static_cast<double>(jet.heads);
  double expand = values / keys;
  while (keys * expand < values || heads * keys * expand < heads * values) {
    expand = std::nextafter(expand, INFINITY);
  }
  return expand;
}

json scaling(const RopeScaling& s) {
  json out = {{"rope_type", s.kind}, {"factor", s.factor}};
  if (s.kind == "linear") return out;
  out["original_max_position_embeddings"] = s.context;
  if (s.kind == "llama3") {
    out["low_freq_factor"] = s.slow;
    out["high_freq_factor"] = s.fast;
  } else {
    out["beta_slow"] = s.slow;
    out["beta_fast"] = s.fast;
    out["attention_factor"] = s.amplitude;
  }
  return out;
}

json skeleton(const LmConfig& c, const std::string& type, const std::string& architecture) {
  json out = {{"architectures", {architecture}}, {"model_type", type}};
  out["vocab_size"] = c.vocab;
  out["hidden_size"] = c.hidden;
  out["num_hidden_layers"] = c.layers.size();
  out["num_attention_heads"] = c.heads;
  out["num_key_value_heads"] = c.kv_heads;
  out["max_position_embeddings"] = c.max_positions > 0 ? c.max_positions : kPositions;
  out["hidden_act"] = "silu";
  out["rms_norm_eps"] = c.rms_eps;
  out["rope_theta"] = c.rope_theta;
  if (!c.rope_scaling.none()) out["rope_scaling"] = scaling(c.rope_scaling);
  out["tie_word_embeddings"] = c.tied;
  out["torch_dtype"] = "float32";
  out["bos_token_id"] = nullptr;
  if (c.end_tokens.size() == 1) {
    out["eos_token_id"] = c.end_tokens[0];
  } else {
    out["eos_token_id"] = c.end_tokens.empty() ? json() : json(c.end_tokens);
  }
  return out;
}

void add_windows(const LmConfig& c, json& out) {
  const LmLayer* windowed = first_of(c, "swa");
  out["use_sliding_window"] = windowed != nullptr;
  if (!windowed) return;
  out["sliding_window"] = windowed->window;
  for (const LmLayer& layer : c.layers) {
    out["layer_types"].push_back(layer.mixer == "swa" ? "sliding_attention" : "full_attention");
  }
}

json transformer(const LmConfig& c, const std::string& type) {
  const std::string name = type == "llama" ? "Llama" : type == "qwen2" ? "Qwen2" : "Qwen3";
  json out = skeleton(c, type, name + "ForCausalLM");
  out["intermediate_size"] = c.layers[0].mlp;
  if (type != "qwen2") out["head_dim"] = c.head_dim;
  if (type != "qwen2") out["attention_bias"] = false;
  if (type != "llama") add_windows(c, out);
  return out;
}

json jet_nemotron(const LmConfig& c) {
  json out = skeleton(c, "jet_nemotron", "JetNemotronForCausalLM");
  out["intermediate_size"] = c.layers[0].mlp;
  for (const LmLayer& layer : c.layers) out["layer_types"].push_back(layer.mixer);
  json& sizes = out["efficient_attention_config"];
  if (const LmLayer* windowed = first_of(c, "swa"))
    sizes["swa"] = {{"window_size", windowed->window}};
  if (const LmLayer* jet = first_of(c, "jet")) {
    sizes["jet"] = {{"mode", "chunk"},
                    {"expand_v", expand_v(*jet)},
                    {"head_dim", jet->d_k},
                    {"num_heads", jet->heads},
                    {"conv_size", c.conv},
                    {"dconv_generator_reduction", c.reduction},
                    {"dconv_implementation", "triton"},
                    {"norm_eps", c.linear_eps}};
  }
  return out;
}

json own(const LmConfig& c) {
  json out = skeleton(c, "tailor_hybrid_lm", "TailorHybridLm");
  out["head_dim"] = c.head_dim;
  out["attention_bias"] = c.bias;
  out["qk_norm"] = c.qk_norm;
  out["linear_conv_size"] = c.conv;
  out["dconv_generator_reduction"] = c.reduction;
  out["linear_norm_eps"] = c.linear_eps;
  for (const LmLayer& layer : c.layers) {
    json item = {{"mixer", layer.mixer}};
    if (layer.mixer == "swa") item["window"] = layer.window;
    if (layer.is_linear()) {
      item["heads"] = layer.heads;
      item["d_k"] = layer.d_k;
      item["d_v"] = layer.d_v;
    }
    item["mlp"] = layer.mlp;
    out["layers"].push_back(item);
  }
  return out;
}

}  // namespace

std::string LmConfig::published_type() const {
  const bool head_is_share = heads * head_dim == hidden;
  if (uniform(*this, {"attn", "swa"})) {
    if (bias && !qk_norm && head_is_share) return "qwen2";
    if (!bias && qk_norm) return "qwen3";
    if (!bias && !has(*this, "swa")) return "llama";
  }
  const bool as_jet = bias && !qk_norm && head_is_share;
  if (as_jet && uniform(*this, {"attn", "swa", "jet"})) return "jet_nemotron";
  return "tailor_hybrid_lm";
}

std::string LmConfig::json() const {
  const std::string type = published_type();
  const auto out = type == "jet_nemotron"       ? jet_nemotron(*this)
                   : type == "tailor_hybrid_lm" ? own(*this)
                                                : transformer(*this, type);
  return out.dump(2) + "\n";
}

}  // namespace tailor
