// What a language model's folder says of the model: config.json as Hugging Face transformers and
// NVlabs/Jet-Nemotron write it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "supernet/ops/rotary.h"

namespace tailor {

/// One layer: a mixer and the width of the MLP behind it (0: none).
struct LmLayer {
  std::string mixer = "attn";           ///< of family hybrid_lm: attn, swa, a linear mixer, none
  int64_t window = 0;                   ///< swa: tokens it sees
  int64_t heads = 0, d_k = 0, d_v = 0;  ///< linear mixers
  int64_t mlp = 0;

  bool operator==(const LmLayer&) const = default;
  bool is_linear() const { return mixer != "attn" && mixer != "swa" && mixer != "none"; }
};

struct LmConfig {
  std::string model_type;
  int64_t vocab = 0, hidden = 0, max_positions = 0;
  int64_t heads = 0, kv_heads = 0, head_dim = 0;  ///< of attn and swa
  bool bias = false;                              ///< of their queries, keys and values
  bool qk_norm = false;                           ///< of every query and key head
  bool tied = false;                              ///< the output matrix is the embedding
  double rope_theta = 1e4, rms_eps = 1e-6;
  RopeScaling rope_scaling = {};
  int64_t conv = 4, reduction = 8;  ///< of linear mixers
  double linear_eps = 1e-5;         ///< of the norm behind a recurrence
  std::vector<LmLayer> layers;
  std::vector<int64_t> end_tokens;  ///< eos_token_id

  bool operator==(const LmConfig&) const = default;

  /// Reads config.json of model_type qwen2, qwen3, llama, jet_nemotron or our own tailor_hybrid_lm;
  /// `name` stands for the file in messages. Throws ConfigError naming file and key: a model we do
  /// not know, a key that is absent, of another type or out of range, and whatever would make
  /// another network than family hybrid_lm has (other stretched positions, other activations,
  /// biases elsewhere, quantised weights). Sources: transformers, models/{qwen2,qwen3,llama}/
  /// configuration_*.py; NVlabs/Jet-Nemotron, jetai/modeling/hf/configuration_jet_nemotron.py.
  static LmConfig parse(const std::string& text, const std::string& name);

  /// The model that can hold these layers: qwen2, qwen3 or llama for a transformer, jet_nemotron
  /// for full, windowed attention and JetBlocks of one size each; else tailor_hybrid_lm.
  std::string published_type() const;
  /// config.json of that model.
  std::string json() const;

  /// The fields of a section `space` of family hybrid_lm whose choices are those of this network's
  /// layers: dotted paths ("attention.heads") with values as YAML.
  std::vector<std::pair<std::string, std::string>> space_fields() const;
  /// The same section as YAML.
  std::string space_yaml() const;
  /// The network in that space: "mixer=attn,... mlp=...".
  std::string arch_text() const;
};

/// Reads FOLDER/config.json. Throws IoError, and ConfigError as LmConfig::parse does.
LmConfig read_lm_config(const std::string& folder);

/// Names of the models that can be read.
std::vector<std::string> lm_model_types();

}  // namespace tailor
