// Tables of a PostNAS run as a page.
#include "tools/report/hybrid.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "tools/report/assets.h"
#include "tools/report/html.h"

namespace tailor::report {
namespace {

double number_at(const Csv& csv, const std::vector<std::string>& row, const std::string& column) {
  const std::string& text = row[csv.column(column)];
  double value = 0;
  if (!parse_number(text, value)) throw IoError(str(csv.name, ": '", text, "' is no number"));
  return value;
}

/// A CSV file as a table; columns "arch" and "mixers" may wrap.
std::string table_of(const Csv& csv) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& name : csv.header) out += head_cell(escape(name));
  out += "</tr></thead><tbody>";
  for (const std::vector<std::string>& row : csv.rows) {
    out += "<tr>";
    for (size_t c = 0; c < row.size(); ++c) {
      const bool wide = csv.header[c] == "arch" || csv.header[c] == "mixers";
      out += wide ? arch_cell(row[c]) : cell(escape(row[c]));
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

/// Rows of one step.
std::vector<std::vector<std::string>> rows_of(const Csv& scores, const std::string& step) {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : scores.rows) {
    if (row[scores.column("step")] == step) out.push_back(row);
  }
  return out;
}

/// A line of the heat map: one task's loss with each layer alone full; darker is better.
std::string heat_row(const Csv& scores, const std::string& step, const std::string& column,
                     const std::string& name, bool lower_is_hot) {
  std::vector<double> values;
  for (const auto& row : rows_of(scores, step)) values.push_back(number_at(scores, row, column));
  if (values.empty()) return "";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  std::string out = "<tr>" + head_cell(escape(name));
  for (size_t layer = 0; layer < values.size(); ++layer) {
    const double share = *high > *low ? (values[layer] - *low) / (*high - *low) : 0.5;
    const double heat = lower_is_hot ? 1 - share : share;
    out += cell(fixed(values[layer], 3),
                str("class=\"heat", heat > 0.5 ? " warm" : "", heat > 0.72 ? " hot" : "",
                    "\" style=\"--h:", fixed(0.06 + 0.94 * heat, 3), "\""));
  }
  return out + "</tr>";
}

std::string importance(const Csv& scores) {
  const size_t layers = rows_of(scores, "full alone").size();
  std::string head = "<tr>" + head_cell("layer");
  for (size_t i = 0; i < layers; ++i) head += head_cell(str(i));
  return str("<div class=\"scroll\"><table><thead>", head, "</tr></thead><tbody>",
             heat_row(scores, "full alone", "recall_loss", "recall loss, it alone full", true),
             heat_row(scores, "full alone", "text_loss", "text loss, it alone full", true),
             heat_row(scores, "linear alone", "recall_loss", "recall loss, it alone linear", false),
             heat_row(scores, "linear alone", "text_loss", "text loss, it alone linear", false),
             "</tbody></table></div>");
}

std::string placements(const Csv& scores) {
  Csv chosen;
  chosen.header = scores.header;
  for (const char* step : {"full", "found", "uniform", "exact", "windowed"}) {
    const auto rows = rows_of(scores, step);
    if (!rows.empty()) chosen.rows.push_back(rows.front());
  }
  return table_of(chosen);
}

std::string candidates(const std::string& run_dir, const std::string& stage) {
  const std::string path = str(run_dir, "/", stage, "/candidates.csv");
  return file_exists(path) ? table_of(Csv::load(path)) : "";
}

}  // namespace

std::string hybrid_html(const std::string& run_dir, const std::string& title) {
  const Csv scores = Csv::load(run_dir + "/placement/scores.csv");
  const std::string result = read_file(run_dir + "/final/result.yaml");
  std::string body = section("final", "The hybrid", "Scores on validation sequences.",
                             "<pre>" + escape(result) + "</pre>");
  body += section("importance", "What each layer is worth",
                  "On the super network; darker: more is lost without full attention there.",
                  importance(scores));
  body +=
      section("placement", "Placements compared",
              "On the super network: found by beam search, spread evenly, and exact for the sum "
              "of what layers lose alone.",
              placements(scores));
  body += section("blocks", "Linear mixers compared", "In the placement found.",
                  candidates(run_dir, "blocks"));
  const std::string sizes = candidates(run_dir, "sizes");
  if (!sizes.empty()) {
    body += section("sizes", "Heads, keys and values", "At one size of the state.", sizes);
  }
  return str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
             escape(title), "</title>\n<style>\n", asset_css(), "</style>\n</head>\n<body>\n",
             "<header><h1>", escape(title), "</h1></header>\n<main>\n", body,
             "</main>\n</body>\n</html>\n");
}

}  // namespace tailor::report
