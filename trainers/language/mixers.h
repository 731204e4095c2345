// Which mixer each layer of a language model holds, as names.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::train {

inline constexpr const char *kFullMixer = "attn", *kWindowedMixer = "swa";

/// Number of slots of the axis group "mixer". Throws ConfigError when the space has none.
int64_t layer_count(const SearchSpace& space);
/// Token ids that a network of the space knows. Throws ConfigError when it reads no tokens.
int64_t vocabulary_size(const SearchSpace& space, const Arch& arch);
/// What a layer may hold, by name.
std::vector<std::string> mixer_choices(const SearchSpace& space);
/// `like` with these mixers, one a layer; slots that did not matter in `like` take their largest
/// choice. Throws ConfigError for a name that the space lacks.
Arch with_mixers(const SearchSpace& space, const Arch& like,
                 const std::vector<std::string>& mixers);
/// `like` with one value for all slots of a group, group by group. Throws ConfigError for a value
/// that the space lacks.
Arch with_values(const SearchSpace& space, const Arch& like,
                 const std::map<std::string, double>& values);
/// The mixers of an arch.
std::vector<std::string> mixers_of(const SearchSpace& space, const Arch& arch);
/// Every layer holds `rest`, those of `places` hold `what`.
std::vector<std::string> placed(int64_t layers, const std::string& rest, const std::string& what,
                                const std::vector<int>& places);
/// `count` places spread evenly over `layers`: floor((i + 1/2) layers / count).
std::vector<int> uniform_places(int64_t layers, int64_t count);

}  // namespace tailor::train
