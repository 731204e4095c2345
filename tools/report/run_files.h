// Reads the files of a run folder one by one into the report's figures. Columns and fields are
// looked up by name; what is not there is left out.
#pragma once

#include <string>

#include "core/config_node.h"
#include "tools/report/report.h"

namespace tailor::report {

/// Scalars below a node as "a.b.c" and text; lists are left out, at most `most` fields.
Fields flat_fields(const ConfigNode& node, const std::string& prefix = "", size_t most = 100);

/// A number of a field, or nothing where it is absent or no number.
std::optional<double> number_of(const ConfigNode& node, const std::string& key);

/// Each takes the path of its file, which exists.
void read_history(const std::string& path, ReportData& data);
void read_search_history(const std::string& path, ReportData& data);
void read_subnets(const std::string& path, ReportData& data);
void read_slots(const std::string& path, ReportData& data);
void read_quality(const std::string& path, ReportData& data);
void read_latency_table(const std::string& path, ReportData& data);
void read_search_result(const std::string& path, ReportData& data);
void read_front(const std::string& path, ReportData& data);
void read_finalists(const std::string& path, ReportData& data);
/// Rows of the device loop; the winner's latency in the result is a measured one then.
void read_measured(const std::string& path, ReportData& data);
void read_environment(const std::string& path, ReportData& data);
void read_config(const std::string& path, ReportData& data);
void read_stages(const std::string& path, ReportData& data);

}  // namespace tailor::report
