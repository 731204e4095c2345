// Token mixers whose memory does not grow: linear attention in its published forms.
#pragma once

#include <string>
#include <vector>

#include "supernet/blocks/sequence.h"

namespace tailor {

/// Sizes of a linear mixer. Every head has a state [d_k, d_v].
struct LinearMixerSizes {
  int64_t hidden = 0;
  Width heads, d_k, d_v;
  int64_t conv = 4;       ///< taps of short convolutions
  int64_t reduction = 8;  ///< of JetBlock's kernel generator: heads * d_v over this
  double eps = 1e-5;      ///< of the norm behind the recurrence
};

/// Names of linear mixers: "delta", "gdn", "gla", "jet", "mamba2", "retnet", "rwkv7".
std::vector<std::string> linear_mixer_names();

/// The mixer `kind` of x [B, T, hidden] -> [B, T, hidden], its parts behind `prefix`. Parameters
/// are named as in fla-org/flash-linear-attention (fla/layers) and, for jet, as in
/// NVlabs/Jet-Nemotron. Throws Error for an unknown kind.
/// delta: DeltaNet; gdn: Gated DeltaNet; gla: gated linear attention (low rank 16); jet: JetBlock;
/// mamba2: SSD with one group, d_k its state size and d_v its head size; retnet: multi-scale
/// retention; rwkv7: time mixing as in the first layer of RWKV-7, without a residual of another
/// layer's values, which a layer that is chosen alone cannot count on.
Value linear_mixer(BlockBuilder& block, const std::string& kind, const std::string& prefix, Value x,
                   const LinearMixerSizes& sizes);

}  // namespace tailor
