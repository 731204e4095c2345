// What latency depends on on this device, and the search's loop with it.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

double error_of(const LoopRow& row) { return row.measured_ms / row.predicted_ms - 1; }

std::string signed_percent(double fraction) {
  return str(fraction < 0 ? "−" : "+", percent(std::abs(fraction)));
}

std::string share_bars(const std::vector<std::pair<std::string, double>>& shares) {
  std::vector<Bar> bars;
  for (const auto& [group, share] : shares) bars.push_back({group, share, percent(share)});
  return "<h3>Share of the spread of latency that each choice explains, over random networks</h3>" +
         bar_list(bars);
}

/// One row of the table: what was measured after one search.
std::string round_row(int64_t round, std::vector<LoopRow> rows, std::optional<double> limit_ms) {
  std::sort(rows.begin(), rows.end(),
            [](const LoopRow& a, const LoopRow& b) { return error_of(a) < error_of(b); });
  double sum = 0, spread = 0, nearest = 0;
  for (const LoopRow& row : rows) {
    sum += std::abs(error_of(row));
    spread += row.spread;
    if (limit_ms && row.measured_ms <= *limit_ms) nearest = std::max(nearest, row.measured_ms);
  }
  const auto count = static_cast<double>(rows.size());
  const std::string n = "class=\"n\"";
  return str("<tr>", cell(round == 0 ? "with the profile" : str("after search ", round)),
             cell(str(rows.size()), n), cell(percent(sum / count), n),
             cell(signed_percent(error_of(rows[rows.size() / 2])), n),
             cell(str(signed_percent(error_of(rows.front())), " to ",
                      signed_percent(error_of(rows.back()))),
                  n),
             cell("±" + percent(spread / count), n),
             cell(nearest > 0 ? percent(nearest / *limit_ms) : "–", n), "</tr>");
}

std::string round_table(const ReportData& data) {
  std::map<int64_t, std::vector<LoopRow>> rounds;
  for (const LoopRow& row : data.loop) rounds[row.round].push_back(row);
  std::string rows;
  for (const auto& [round, each] : rounds) rows += round_row(round, each, data.limit_ms);
  const std::string n = "class=\"n\"";
  return str("<div class=\"scroll\"><table><thead><tr>", head_cell("measured"),
             head_cell("measurements", n), head_cell("mean error", n), head_cell("median error", n),
             head_cell("errors", n), head_cell("interval", n),
             head_cell("slowest within the limit", n), "</tr></thead><tbody>", rows,
             "</tbody></table></div>");
}

std::string measured_row(const LoopRow& row) {
  const std::string n = "class=\"n\"";
  return str("<tr", row.note == "winner" ? " class=\"winner\"" : "", ">", cell(str(row.round), n),
             cell(milliseconds(row.predicted_ms), n), cell(milliseconds(row.measured_ms), n),
             cell("±" + percent(row.spread), n), cell(signed_percent(error_of(row)), n),
             cell(escape(row.note)), arch_cell(row.arch), "</tr>");
}

std::string measured_table(const std::vector<LoopRow>& loop) {
  std::string rows;
  for (const LoopRow& row : loop) rows += measured_row(row);
  const std::string n = "class=\"n\"";
  return details(str("The measurements as a table (", loop.size(), ")"),
                 str("<div class=\"scroll\"><table><thead><tr>", head_cell("search", n),
                     head_cell("predicted", n), head_cell("measured", n), head_cell("interval", n),
                     head_cell("error", n), head_cell(""), head_cell("arch"),
                     "</tr></thead><tbody>", rows, "</tbody></table></div>"));
}

}  // namespace

std::string device_section(const ReportData& data) {
  std::string body;
  if (data.axis_shares.empty() && data.loop.empty()) {
    body = absent("No latency predictor yet: the stage fit has not run.");
  }
  if (!data.axis_shares.empty()) body += share_bars(data.axis_shares);
  if (!data.loop.empty()) {
    body += "<h3>Predicted and measured, search by search</h3>";
    body += "<div class=\"pair\">";
    body += chart("loop", "Measured over predicted latency of each network of the device loop");
    body += chart("loop_error", "Measured against predicted latency, in per cent");
    body += "</div>";
    body += round_table(data) + measured_table(data.loop);
  }
  return section("device", "What latency depends on here, and how well it was foreseen",
                 "Predictions are those of the fit, before the search learned from measurements. "
                 "Whiskers are the measurements' 95 % intervals; the shaded band and the dashed "
                 "lines are 10 % to either side.",
                 body);
}

}  // namespace tailor::report
