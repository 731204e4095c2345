// The stages of `tailor run`: each is done once for what it depends on, and goes on where it was
// cut off.
#pragma once

#include <string>
#include <vector>

#include "core/run_dir.h"
#include "tools/session.h"

namespace tailor::tools {

struct Stage {
  const char* name;
  std::vector<std::string> sections;  ///< of the config it depends on, beside `space` and `seed`
  std::vector<std::string> needs;     ///< earlier stages whose files it reads
  std::vector<std::string> partial;   ///< files it may leave when it is cut off
  std::vector<std::string> (*run)(const Session&, RunDir&, const std::string& hash);  ///< its files
  bool (*applies)(const Session&);  ///< is it part of a run of this config?
};

/// In the order of a run: train, evaluate, profile, fit, gradient, search, finalists, finetune,
/// export, report; of a language model: base, placement, blocks, sizes, final.
const std::vector<Stage>& all_stages();

/// Checks what sections say of each other, before a run folder is made. Throws ConfigError.
void check_session(const Session& session);
/// Writes config.yaml and env.yaml.
void begin_run(const Session& session, RunDir& run);
/// Runs the named stages in order, unless the folder holds their results.
void run_stages(const Session& session, RunDir& run, const std::vector<std::string>& names);
/// All of it, for a command line; prints a summary.
int run_stages(const CommandLine& line, const std::vector<std::string>& names);

}  // namespace tailor::tools
