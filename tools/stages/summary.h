// The closing lines of a run.
#pragma once

#include <string>

#include "core/run_dir.h"
#include "tools/session.h"

namespace tailor::tools {

/// What the stage commands print to stdout at the end: the winner and where things are.
std::string summary_text(const Session& session, const RunDir& run);

}  // namespace tailor::tools
