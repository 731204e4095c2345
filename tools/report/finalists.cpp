// Which network was chosen: Pareto plot, finalists, front.
#include <cmath>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

std::string accuracy_text(double value) { return percent(value, 2); }

/// "+3.1 %": how far the measured value is from the predicted one.
std::string error_text(const std::optional<double>& predicted,
                       const std::optional<double>& measured) {
  if (!predicted || !measured || *predicted == 0) return "–";
  const double error = 100 * (*measured / *predicted - 1);
  return str(error < 0 ? "−" : "+", fixed(std::abs(error), 1), " %");
}

std::string badge(const Network& network, const std::optional<double>& limit_ms) {
  if (network.note.rfind("winner", 0) == 0) {
    return str("<span class=\"badge good\">", escape(network.note), "</span>");
  }
  const bool over = limit_ms && network.latency_ms && *network.latency_ms > *limit_ms;
  if (network.note.empty() && !over) return "";
  return str("<span class=\"badge", over ? " bad" : "", "\">",
             escape(network.note.empty() ? "over the limit" : network.note), "</span>");
}

std::string finalist_row(const Network& network, size_t number,
                         const std::optional<double>& limit_ms) {
  const bool winner = network.note.rfind("winner", 0) == 0;
  const std::string n = "class=\"n\"";
  return str("<tr", winner ? " class=\"winner\"" : "", ">", cell(str(number), n),
             cell(maybe(network.predicted_accuracy, accuracy_text), n),
             cell(maybe(network.accuracy, accuracy_text), n),
             cell(maybe(network.predicted_latency_ms, milliseconds), n),
             cell(maybe(network.latency_ms, milliseconds), n),
             cell(error_text(network.predicted_latency_ms, network.latency_ms), n),
             cell(badge(network, limit_ms)), arch_cell(network.arch), "</tr>");
}

std::string finalist_table(const ReportData& data) {
  if (data.finalists.empty()) return absent("No finalists yet: the stage finalists has not run.");
  const std::string n = "class=\"n\"";
  const std::string two = "class=\"group\" colspan=\"";
  std::string out = str("<h3>Finalists, predicted and measured</h3><div class=\"scroll\"><table>",
                        "<thead><tr><th></th>", head_cell("accuracy", two + "2\""),
                        head_cell("latency", two + "3\""), "<th></th><th></th></tr><tr>",
                        head_cell("#", n), head_cell("predicted", n), head_cell("test", n),
                        head_cell("predicted", n), head_cell("measured", n), head_cell("error", n),
                        head_cell(""), head_cell("arch"), "</tr></thead><tbody>");
  for (size_t i = 0; i < data.finalists.size(); ++i) {
    out += finalist_row(data.finalists[i], i + 1, data.limit_ms);
  }
  return out + "</tbody></table></div>";
}

std::string front_table(const std::vector<Network>& front) {
  std::string rows;
  for (const Network& network : front) {
    rows += str("<tr>", cell(maybe(network.predicted_latency_ms, milliseconds), "class=\"n\""),
                cell(maybe(network.predicted_accuracy, accuracy_text), "class=\"n\""),
                arch_cell(network.arch), "</tr>");
  }
  return details(str("The front as a table (", front.size(), " networks)"),
                 str("<div class=\"scroll\"><table><thead><tr>",
                     head_cell("latency, predicted", "class=\"n\""),
                     head_cell("accuracy, predicted", "class=\"n\""), head_cell("arch"),
                     "</tr></thead><tbody>", rows, "</tbody></table></div>"));
}

}  // namespace

std::string choice_section(const ReportData& data) {
  std::string body;
  if (data.front.empty()) {
    body += absent("No Pareto front yet: the stage search has not run.");
  } else {
    body += chart("pareto",
                  "Pareto front: predicted accuracy over predicted latency, with the "
                  "finalists as measured");
  }
  body += finalist_table(data);
  if (!data.front.empty()) body += front_table(data.front);
  return section("choice", "Which network, and why",
                 "Each point of the front is a network that no other beats in both accuracy and "
                 "latency, by prediction. Finalists were measured again on this device and on test "
                 "data; a thin line joins what was predicted and what was measured.",
                 body);
}

}  // namespace tailor::report
