// The parts of the page, each from the run's data to finished HTML.
#pragma once

#include <string>

#include "tools/report/report.h"

namespace tailor::report {

/// The cards at the top: accuracy, latency against the limit, size, gain over the largest network.
std::string headline(const ReportData& data);
/// Pareto plot, finalists predicted against measured, the front as a table.
std::string choice_section(const ReportData& data);
/// The winner drawn block by block.
std::string structure_section(const ReportData& data);
/// The latency table as a heat map.
std::string latency_section(const ReportData& data);
/// What latency depends on, and the loop with the device.
std::string device_section(const ReportData& data);
std::string predictor_section(const ReportData& data);
/// The search's best over its evaluations and its front's hypervolume; nothing without a search.
std::string search_section(const ReportData& data);
/// Probabilities of each slot over time; nothing without a search by gradient.
std::string slots_section(const ReportData& data);
std::string training_section(const ReportData& data);
/// Commands, versions, seconds of each stage, config.
std::string reproduce_section(const ReportData& data);

/// What report.js draws, as JSON that may stand inside a <script> element.
std::string chart_json(const ReportData& data);

/// Columns of a training history whose name holds `part` ("loss", "acc", "lr").
std::vector<size_t> history_columns(const Csv& history, const std::string& part);

}  // namespace tailor::report
