// The subnet that a command line names, in our notation or in the authors'.
#pragma once

#include <string>

#include "supernet/space/search_space.h"

namespace tailor::tools {

/// "ks=3 e=4 d=2 r=192", or "@FOLDER/net.config": a network as the family's authors describe it.
/// Its image size is that of run.config in the same folder; without that file, or where the space
/// has no such size, the largest (with a warning). Throws ConfigError, IoError.
Arch read_arch(const SearchSpace& space, const std::string& text);

}  // namespace tailor::tools
