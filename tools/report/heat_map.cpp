// The latency table as a heat map: a row for each block's position, a column for each choice.
#include <algorithm>
#include <cmath>
#include <map>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

/// Beyond this many columns, or where fewer cells are filled, each row lists its own choices.
constexpr size_t kMostColumns = 24;
constexpr double kLeastFilled = 0.3;

struct Range {
  double low = 0, high = 0;

  /// Position of a value on a log scale, 0 to 1.
  double share(double ms) const {
    if (low <= 0 || high <= low || ms <= 0) return 0.5;
    return std::clamp(std::log(ms / low) / std::log(high / low), 0.0, 1.0);
  }
};

struct Grid {
  std::vector<std::string> rows, columns;  ///< in order of first appearance
  std::map<std::pair<std::string, std::string>, std::vector<LatencyEntry>> cells;
  Range range;
};

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

Grid make_grid(const std::vector<LatencyEntry>& entries) {
  Grid grid;
  grid.range = {entries.front().median_ms, entries.front().median_ms};
  for (const LatencyEntry& entry : entries) {
    add_once(grid.rows, entry.block);
    add_once(grid.columns, entry.options);
    grid.cells[{entry.block, entry.options}].push_back(entry);
    grid.range.low = std::min(grid.range.low, entry.median_ms);
    grid.range.high = std::max(grid.range.high, entry.median_ms);
  }
  return grid;
}

std::string bare(double ms) {
  const std::string text = milliseconds(ms);
  return text.substr(0, text.find(' '));
}

/// warm and hot: where text turns over, on dark and on light pages. Style and pop-up text of a
/// coloured cell.
std::string heat(const Range& range, double ms, const std::string& title) {
  const double share = range.share(ms);
  return str("class=\"heat", share > 0.5 ? " warm" : "", share > 0.72 ? " hot" : "",
             "\" style=\"--h:", fixed(0.06 + 0.94 * share, 3), "\" title=\"", escape(title), "\"");
}

std::string title_of(const std::vector<LatencyEntry>& entries) {
  std::vector<std::string> lines;
  for (const LatencyEntry& entry : entries) {
    lines.push_back(str(entry.block, " ", entry.options, ": ", milliseconds(entry.median_ms),
                        entry.spread > 0 ? " ± " + percent(entry.spread) : ""));
  }
  return join(lines, "\n");
}

/// One value, or the range where several networks put different inputs into the same block.
std::string grid_cell(const Grid& grid, const std::vector<LatencyEntry>& entries) {
  const auto [low, high] = std::minmax_element(
      entries.begin(), entries.end(),
      [](const LatencyEntry& a, const LatencyEntry& b) { return a.median_ms < b.median_ms; });
  const std::string small = bare(low->median_ms), large = bare(high->median_ms);
  return cell(small == large ? large : str(small, "–", large),
              heat(grid.range, high->median_ms, title_of(entries)));
}

std::string matrix(const Grid& grid) {
  std::string out = "<div class=\"scroll\"><table class=\"map\"><thead><tr><th></th>";
  for (const std::string& column : grid.columns) out += head_cell(escape(column));
  out += "</tr></thead><tbody>";
  for (const std::string& row : grid.rows) {
    out += "<tr>" + head_cell(escape(row), "scope=\"row\"");
    for (const std::string& column : grid.columns) {
      const auto found = grid.cells.find({row, column});
      out +=
          found == grid.cells.end() ? cell("", "class=\"none\"") : grid_cell(grid, found->second);
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

/// For tables with many different choices: each block's own, fastest first.
std::string lists(const Grid& grid, std::vector<LatencyEntry> entries) {
  std::stable_sort(
      entries.begin(), entries.end(),
      [](const LatencyEntry& a, const LatencyEntry& b) { return a.median_ms < b.median_ms; });
  std::string out = "<div class=\"chips\">";
  for (const std::string& row : grid.rows) {
    out += str("<h4>", escape(row), "</h4><p>");
    for (const LatencyEntry& entry : entries) {
      if (entry.block != row) continue;
      out += str("<span ", heat(grid.range, entry.median_ms, title_of({entry})), "><b>",
                 bare(entry.median_ms), "</b> ", escape(entry.options), "</span>");
    }
    out += "</p>";
  }
  return out + "</div>";
}

std::string legend(const Range& range) {
  return str("<p class=\"legend\"><span>", milliseconds(range.low), "</span><i></i><span>",
             milliseconds(range.high), "</span><span class=\"muted\">median, log scale</span></p>");
}

}  // namespace

std::string latency_section(const ReportData& data) {
  std::string body;
  if (data.latency.empty()) {
    body = absent("No latency table yet: the stage profile has not run.");
  } else {
    const Grid grid = make_grid(data.latency);
    const double filled = static_cast<double>(grid.cells.size()) /
                          static_cast<double>(grid.rows.size() * grid.columns.size());
    const bool dense = grid.columns.size() <= kMostColumns && filled >= kLeastFilled;
    body = legend(grid.range) + (dense ? matrix(grid) : lists(grid, data.latency));
  }
  if (!data.latency_header.empty()) body += field_list(data.latency_header);
  return section(
      "latency", "What each block costs on this device",
      "Milliseconds of one run of a block, measured alone. A block that occurs at several "
      "positions was measured once and stands at the first.",
      body);
}

}  // namespace tailor::report
