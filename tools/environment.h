// What a run ran on.
#pragma once

#include <string>

#include "tools/session.h"

namespace tailor::tools {

/// env.yaml: versions, processor, threads, seed.
std::string environment_yaml(const Session& session);

/// "0.1.0".
std::string version();

}  // namespace tailor::tools
