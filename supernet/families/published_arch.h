// From a network as its authors describe it to the arch of a space that is this network.
#pragma once

#include <string>

#include "core/error.h"
#include "supernet/space/search_space.h"

namespace tailor {

/// The arch of `text`, whose description by `describe` must be `read`. file: for messages. Throws
/// ConfigError naming the first difference.
template <class Network, class Describe>
Arch matching_arch(const SearchSpace& space, const std::string& file, const Network& read,
                   const std::string& text, const Describe& describe) {
  try {
    const Arch out = space.parse(text);
    const std::string difference = published_difference(read, describe(out));
    if (!difference.empty()) throw ConfigError(difference);
    return out;
  } catch (const ConfigError& error) {
    throw ConfigError(
        str(file, ": is not a network of space '", space.name(), "': ", error.what()));
  }
}

}  // namespace tailor
