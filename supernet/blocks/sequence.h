// Parts of language models: linear layers over factored widths, heads, attention, gated MLP.
#pragma once

#include <string>
#include <vector>

#include "supernet/ops/rotary.h"
#include "supernet/space/builder.h"

namespace tailor {

/// A width as the product of its factors, e.g. heads x head size.
using Widths = std::vector<Width>;

/// How a linear layer's bias begins; none: it has none.
enum class BiasInit { none, zeros, normal, step };

/// Linear layer in -> out: parameters "part.weight" [out, in], "part.bias" (or `bias_name`).
Value dense(BlockBuilder& block, const std::string& part, Value x, const Widths& in,
            const Widths& out, BiasInit bias = BiasInit::none, const std::string& bias_name = "");

/// [B, T, heads * size] -> [B, T, heads, size], and back.
Value split_heads(BlockBuilder& block, const std::string& part, Value x, int64_t heads,
                  int64_t size);
Value merge_heads(BlockBuilder& block, const std::string& part, Value x);

/// RMS norm over the last dimension: parameter "part.weight" [width].
Value rms_norm(BlockBuilder& block, const std::string& part, Value x, const Width& width,
               double eps);

struct AttentionOptions {
  int64_t hidden = 0, heads = 0, kv_heads = 0, head_dim = 0;
  bool bias = true;      ///< of the query, key and value projections
  bool qk_norm = false;  ///< RMS norm of every query and key head (Qwen3)
  double rope_theta = 1e6, eps = 1e-6;
  RopeScaling rope_scaling = {};
  int64_t window = 0;  ///< 0: full
};

/// Grouped-query attention with rotary positions: parts "q_proj", "k_proj", "v_proj", "q_norm",
/// "k_norm", "o_proj" behind `prefix`, named as in Hugging Face transformers (models/qwen2, qwen3).
Value attention(BlockBuilder& block, const std::string& prefix, Value x, const AttentionOptions& o,
                int64_t context);

/// down(silu(gate x) * up x): parts "gate_proj", "up_proj", "down_proj".
Value gated_mlp(BlockBuilder& block, Value x, int64_t hidden, const Width& width);

}  // namespace tailor
