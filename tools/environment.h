// What a run ran on, and its closing lines.
#pragma once

#include <string>

#include "core/run_dir.h"
#include "tools/session.h"

namespace tailor::tools {

/// env.yaml: versions, processor, threads, seed.
std::string environment_yaml(const Session& session);

/// What `tailor run` prints to stdout at the end: the winner and where things are.
std::string summary_text(const Session& session, const RunDir& run);

/// "0.1.0".
std::string version();

}  // namespace tailor::tools
