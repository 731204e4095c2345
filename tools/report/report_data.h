// The report's figures, read from the files of a run folder.
#pragma once

#include <string>

#include "tools/report/report.h"

namespace tailor::report {

/// Reads what the folder has; files of stages that have not run are simply left out. `blocks` stays
/// empty and `latency` has options guessed from the table's keys: the caller, who knows the search
/// space, fills them. Throws IoError or ConfigError naming a file that is there but damaged.
ReportData load_report_data(const std::string& run_folder);

/// "16→64→24, 5×5, 14×14" for a latency key: channels, kernels, size of the input.
std::string key_summary(const std::string& key);

}  // namespace tailor::report
