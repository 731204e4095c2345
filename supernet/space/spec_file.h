// Network files: a NetworkSpec as JSON text, to be kept beside (or inside) its weights.
#pragma once

#include <string>

#include "supernet/space/network_spec.h"

namespace tailor {

/// JSON with a format version; reads back to an equal network.
std::string spec_to_json(const NetworkSpec& spec);
/// Shapes are checked again while reading. Throws IoError naming `name` and the place.
NetworkSpec spec_from_json(const std::string& text, const std::string& name);

}  // namespace tailor
