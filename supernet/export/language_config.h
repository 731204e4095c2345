// A language model's config.json read off its network.
#pragma once

#include "supernet/formats/lm_config.h"
#include "supernet/space/network_spec.h"

namespace tailor {

/// What config.json says of a network of family hybrid_lm, with the published type; a last layer
/// that holds nothing is left out. Throws Error for another network, and where layers differ in
/// what config.json says once (taps and norms of linear mixers, rotary positions).
LmConfig lm_config_of(const NetworkSpec& spec);

}  // namespace tailor
