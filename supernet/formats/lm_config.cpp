// From config.json to a description of the network.
#include "supernet/formats/lm_config.h"

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "core/registry.h"
#include "supernet/formats/json_object.h"

namespace tailor {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr double kMaxLayers = 512, kMaxHidden = 1 << 16, kMaxWidth = 1 << 18, kMaxHeads = 1024;
constexpr double kMaxWindow = 1 << 20, kMaxVocab = 1 << 22, kMaxKey = 1024, kMaxValue = 2048;
constexpr double kMaxPositions = 1e9;
const char* const kOwn = "tailor_hybrid_lm";

/// The skeleton that all models share, and what would make it another one.
class Reader {
 public:
  explicit Reader(const JsonObject& object) : json_(object) {}

  LmConfig read() {
    c_.model_type = model_type();
    read_sizes();
    read_rotary();
    refuse_others();
    if (c_.model_type == "qwen2" || c_.model_type == "qwen3") read_qwen_layers();
    if (c_.model_type == "llama") read_llama_layers();
    if (c_.model_type == "jet_nemotron") read_jet_layers();
    if (c_.model_type == kOwn) read_own_layers();
    return c_;
  }

 private:
  std::string model_type() const;
  void read_sizes();
  void read_rotary();
  void read_scaling(const JsonObject& rotary);
  void read_yarn(const JsonObject& rotary, RopeScaling& s) const;
  void refuse_others() const;
  void read_end_tokens();
  int64_t layer_count() const { return json_.integer("num_hidden_layers", {1, kMaxLayers}); }
  int64_t mlp_width() const { return json_.integer("intermediate_size", {1, kMaxWidth}); }
  std::vector<std::string> layer_types(const std::string& otherwise) const;
  void read_qwen_layers();
  void read_llama_layers();
  void read_jet_layers();
  void read_jet_sizes(const JsonObject& jet, LmLayer& layer);
  void read_own_layers();
  LmLayer own_layer(const JsonObject& item) const;

  const JsonObject& json_;
  LmConfig c_;
};

std::string Reader::model_type() const {
  const std::string type = json_.text("model_type");
  const std::vector<std::string> known = lm_model_types();
  if (std::find(known.begin(), known.end(), type) == known.end()) {
    json_.fail("model_type", unknown_name_text("language model", type, known));
  }
  return type;
}

void Reader::read_sizes() {
  c_.vocab = json_.integer("vocab_size", {2, kMaxVocab});
  c_.hidden = json_.integer("hidden_size", {1, kMaxHidden});
  c_.max_positions = json_.integer("max_position_embeddings", {1, kMaxPositions}, 32768);
  c_.heads = json_.integer("num_attention_heads", {1, kMaxHeads});
  c_.kv_heads = json_.integer("num_key_value_heads", {1, kMaxHeads}, c_.heads);
  if (c_.heads % c_.kv_heads != 0) {
    json_.fail("num_key_value_heads", "must divide num_attention_heads, ", c_.heads, ", got ",
               c_.kv_heads);
  }
  // Jet-Nemotron's head_dim is that of its linear mixer and stands elsewhere.
  if (!json_.has("head_dim") && c_.hidden % c_.heads != 0) {
    json_.fail("num_attention_heads", "must divide hidden_size, ", c_.hidden, ", got ", c_.heads);
  }
  c_.head_dim = json_.integer("head_dim", {2, kMaxKey}, c_.hidden / c_.heads);
  if (c_.head_dim % 2 != 0 || c_.head_dim < 2) {
    json_.fail("head_dim", "must be even and at least 2, got ", c_.head_dim);
  }
  c_.rms_eps = json_.number("rms_norm_eps", {0, 1}, 1e-6);
  c_.tied = json_.boolean("tie_word_embeddings", false);
  read_end_tokens();
}

void Reader::read_end_tokens() {
  const json* end = json_.find("eos_token_id");
  if (!end) return;
  const std::vector<json> all = end->is_array() ? end->get<std::vector<json>>() : std::vector{*end};
  for (const json& each : all) {
    if (!each.is_number_integer() || each < 0 || each > INT32_MAX) {
      json_.fail("eos_token_id", "must be a token's id or a list of them, got ",
                 json_excerpt(*end));
    }
    c_.end_tokens.push_back(each.get<int64_t>());
  }
}

/// transformers 5 keeps rope_theta in rope_parameters.
void Reader::read_rotary() {
  c_.rope_theta = json_.number("rope_theta", {1, 1e9}, 1e4);
  for (const char* key : {"rope_parameters", "rope_scaling"}) {
    if (!json_.has(key)) continue;
    const JsonObject rotary = json_.child(key);
    read_scaling(rotary);
    c_.rope_theta = rotary.number("rope_theta", {1, 1e9}, c_.rope_theta);
  }
}

/// Keys and defaults of transformers, modeling_rope_utils.py.
void Reader::read_scaling(const JsonObject& rotary) {
  if (rotary.number("partial_rotary_factor", {0, 1}, 1.0) != 1) {
    rotary.fail("partial_rotary_factor", "must be 1: whole heads are turned");
  }
  const std::string kind = rotary.text("rope_type", rotary.text("type", "default"));
  if (kind == "default") return;
  const auto& kinds = rope_scaling_kinds();
  if (kind == "none" || std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    rotary.fail("rope_type", "must be default, linear, llama3 or yarn, got '", kind, "'");
  }
  RopeScaling s = RopeScaling::of(kind, rotary.number("factor", {1, 1e6}));
  if (kind != "linear") {
    s.context =
        rotary.integer("original_max_position_embeddings", {1, kMaxPositions}, c_.max_positions);
  }
  if (kind == "llama3") {
    s.slow = rotary.number("low_freq_factor", {0, 1e6});
    s.fast = rotary.number("high_freq_factor", {0, 1e6});
  }
  if (kind == "yarn") read_yarn(rotary, s);
  if (const std::string wrong = s.complaint(); !wrong.empty()) rotary.fail("rope_type", wrong);
  c_.rope_scaling = s;
}

void Reader::read_yarn(const JsonObject& rotary, RopeScaling& s) const {
  s.slow = rotary.number("beta_slow", {0, 1e6}, s.slow);
  s.fast = rotary.number("beta_fast", {0, 1e6}, s.fast);
  s.amplitude = rotary.number("attention_factor", {0, 1e3}, s.amplitude);
  for (const char* key : {"mscale", "mscale_all_dim"}) {
    if (rotary.has(key)) rotary.fail(key, "is not supported");
  }
  if (!rotary.boolean("truncate", true)) rotary.fail("truncate", "must be true");
}

void Reader::refuse_others() const {
  if (const std::string act = json_.text("hidden_act", "silu"); act != "silu") {
    json_.fail("hidden_act", "must be silu, got '", act, "'");
  }
  if (json_.boolean("mlp_bias", false)) json_.fail("mlp_bias", "must be false");
  if (c_.model_type != kOwn && json_.boolean("attention_bias", false)) {
    json_.fail("attention_bias", "must be false: o_proj has no bias here");
  }
  if (json_.number("partial_rotary_factor", {0, 1}, 1.0) != 1) {
    json_.fail("partial_rotary_factor", "must be 1: whole heads are turned");
  }
  if (json_.has("quantization_config")) {
    json_.fail("quantization_config", "quantised weights are not supported");
  }
}

/// Also as a text that holds the list.
std::vector<std::string> Reader::layer_types(const std::string& otherwise) const {
  const auto count = static_cast<size_t>(layer_count());
  if (!json_.has("layer_types")) return std::vector<std::string>(count, otherwise);
  std::vector<std::string> types;
  if (json_.find("layer_types")->is_string()) {
    std::string text = json_.text("layer_types");
    std::replace(text.begin(), text.end(), '\'', '"');
    const json list = {{"layer_types", json::parse(text, nullptr, false)}};
    types = JsonObject(list, json_.file()).texts("layer_types");
  } else {
    types = json_.texts("layer_types");
  }
  if (types.size() != count) {
    json_.fail("layer_types", "names ", types.size(), " layers, num_hidden_layers is ", count);
  }
  return types;
}

void Reader::read_qwen_layers() {
  c_.bias = c_.model_type == "qwen2";
  c_.qk_norm = c_.model_type == "qwen3";
  const bool windows = json_.boolean("use_sliding_window", false);
  const int64_t window = windows ? json_.integer("sliding_window", {1, kMaxWindow}) : 0;
  const int64_t full = json_.integer("max_window_layers", {0, kMaxPositions}, 28);
  const std::vector<std::string> types = layer_types("");
  for (size_t i = 0; i < types.size(); ++i) {
    LmLayer layer{.mlp = mlp_width()};
    const bool windowed = types[i].empty() ? windows && static_cast<int64_t>(i) >= full
                                           : types[i] == "sliding_attention";
    if (!types[i].empty() && !windowed && types[i] != "full_attention") {
      json_.fail("layer_types", "must hold full_attention or sliding_attention, got '", types[i],
                 "'");
    }
    if (windowed && !windows) {
      json_.fail("use_sliding_window", "must be true, since layer ", i, " is sliding_attention");
    }
    if (windowed) layer.mixer = "swa";
    layer.window = windowed ? window : 0;
    c_.layers.push_back(layer);
  }
}

void Reader::read_llama_layers() {
  for (const std::string& type : layer_types("full_attention")) {
    if (type != "full_attention") {
      json_.fail("layer_types", "must hold full_attention, got '", type, "'");
    }
    c_.layers.push_back({.mlp = mlp_width()});
  }
}

void Reader::read_jet_layers() {
  c_.bias = true;
  const int64_t mlp = mlp_width();
  for (const std::string& type : layer_types("attn")) {
    LmLayer layer{.mixer = type, .mlp = mlp};
    if (type != "attn" && type != "swa" && type != "jet") {
      json_.fail("layer_types", "must hold attn, swa or jet, got '", type, "'");
    }
    if (type != "attn") {
      const JsonObject sizes = json_.child("efficient_attention_config").child(type);
      if (type == "swa") layer.window = sizes.integer("window_size", {1, kMaxWindow});
      if (type == "jet") read_jet_sizes(sizes, layer);
    }
    c_.layers.push_back(layer);
  }
}

/// Defaults of NVlabs/Jet-Nemotron, jetai/modeling/hf/jet_block.py.
void Reader::read_jet_sizes(const JsonObject& jet, LmLayer& layer) {
  layer.heads = jet.integer("num_heads", {1, kMaxHeads}, 6);
  layer.d_k = jet.integer("head_dim", {2, kMaxKey}, 256);
  const double expand = jet.number("expand_v", {1e-6, 1e6}, 2.0);
  const double width = static_cast<double>(layer.d_k) * expand;
  layer.d_v = std::llround(width);
  if (layer.d_v < 1 || static_cast<double>(layer.d_v) > kMaxValue ||
      std::abs(width - static_cast<double>(layer.d_v)) > 1e-5 * width) {
    jet.fail("expand_v", "must give a whole number of at most ", number(kMaxValue),
             " values a head, got ", layer.d_k, " x ", number(expand), " = ", number(width));
  }
  c_.conv = jet.integer("conv_size", {1, 64}, 4);
  c_.reduction = jet.integer("dconv_generator_reduction", {1, 1024}, 8);
  c_.linear_eps = jet.number("norm_eps", {0, 1}, 1e-5);
  if (layer.heads * layer.d_v < c_.reduction) {
    jet.fail("dconv_generator_reduction", "leaves no width of ", layer.heads, " x ", layer.d_v);
  }
}

void Reader::read_own_layers() {
  c_.bias = json_.boolean("attention_bias", false);
  c_.qk_norm = json_.boolean("qk_norm", false);
  c_.conv = json_.integer("linear_conv_size", {1, 64}, 4);
  c_.reduction = json_.integer("dconv_generator_reduction", {1, 1024}, 8);
  c_.linear_eps = json_.number("linear_norm_eps", {0, 1}, 1e-5);
  for (const JsonObject& item : json_.children("layers")) c_.layers.push_back(own_layer(item));
  if (static_cast<int64_t>(c_.layers.size()) != layer_count()) {
    json_.fail("layers", "has ", c_.layers.size(), " entries, num_hidden_layers is ",
               layer_count());
  }
}

LmLayer Reader::own_layer(const JsonObject& item) const {
  LmLayer layer{.mixer = item.text("mixer"), .mlp = item.integer("mlp", {0, kMaxWidth})};
  if (layer.mixer == "swa") layer.window = item.integer("window", {1, kMaxWindow});
  if (!layer.is_linear()) return layer;
  layer.heads = item.integer("heads", {1, kMaxHeads});
  layer.d_k = item.integer("d_k", {2, kMaxKey});
  layer.d_v = item.integer("d_v", {1, kMaxValue});
  if (layer.heads * layer.d_v < c_.reduction) {
    item.fail("heads", "heads x d_v must be at least dconv_generator_reduction, ", c_.reduction);
  }
  return layer;
}

}  // namespace

std::vector<std::string> lm_model_types() {
  return {"jet_nemotron", "llama", "qwen2", "qwen3", kOwn};
}

LmConfig LmConfig::parse(const std::string& text, const std::string& name) {
  const nlohmann::json parsed = parse_strict_json(text, name, kMaxDepth);
  const JsonObject object(parsed, name);
  return Reader(object).read();
}

LmConfig read_lm_config(const std::string& folder) {
  constexpr int64_t kMaxBytes = 16 << 20;
  const std::string file = folder + "/config.json";
  return LmConfig::parse(read_file(file, kMaxBytes), file);
}

}  // namespace tailor
