// Predictors, training and how to make this run again.
#include "tools/report/sections.h"

#include <algorithm>

#include "core/str.h"
#include "tools/report/html.h"

namespace tailor::report {
namespace {

std::string table_of(const Csv& csv) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  for (const std::string& name : csv.header) out += head_cell(escape(name), "class=\"n\"");
  out += "</tr></thead><tbody>";
  for (const auto& row : csv.rows) {
    out += "<tr>";
    for (const std::string& text : row) out += cell(escape(text), "class=\"n\"");
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

std::string subnet_table(const std::vector<Subnet>& subnets) {
  std::string rows;
  for (const Subnet& subnet : subnets) {
    rows +=
        str("<tr>", cell(percent(subnet.accuracy, 2), "class=\"n\""),
            cell(maybe(subnet.predicted, [](double v) { return percent(v, 2); }), "class=\"n\""),
            arch_cell(subnet.arch), "</tr>");
  }
  return details(str("The evaluated subnets as a table (", subnets.size(), ")"),
                 str("<div class=\"scroll\"><table><thead><tr>",
                     head_cell("accuracy", "class=\"n\""), head_cell("predicted", "class=\"n\""),
                     head_cell("arch"), "</tr></thead><tbody>", rows, "</tbody></table></div>"));
}

bool has_latency_pair(const Network& network) {
  return network.latency_ms && network.predicted_latency_ms;
}

std::string stage_bars(const std::vector<std::pair<std::string, double>>& stages) {
  if (stages.empty()) return "";
  double most = 0, total = 0;
  for (const auto& [name, seconds] : stages) {
    most = std::max(most, seconds);
    total += seconds;
  }
  std::vector<Bar> bars;
  for (const auto& [name, seconds] : stages) {
    bars.push_back({name, most > 0 ? seconds / most : 0, duration(seconds)});
  }
  return str("<h3>Time, ", duration(total), "</h3>", bar_list(bars));
}

}  // namespace

std::vector<size_t> history_columns(const Csv& history, const std::string& part) {
  std::vector<size_t> out;
  for (size_t i = 0; i < history.header.size(); ++i) {
    if (history.header[i].find(part) != std::string::npos) out.push_back(i);
  }
  return out;
}

std::string predictor_section(const ReportData& data) {
  std::string body;
  if (data.subnets.empty()) {
    body += absent("No evaluated subnets yet: the stage evaluate has not run.");
  } else {
    body += "<div class=\"pair\">";
    const bool predicted = std::any_of(data.subnets.begin(), data.subnets.end(),
                                       [](const Subnet& s) { return s.predicted.has_value(); });
    body += predicted ? chart("predictor", "Predicted over true validation accuracy")
                      : chart("histogram", "How many subnets reach which validation accuracy");
    if (std::any_of(data.finalists.begin(), data.finalists.end(), has_latency_pair)) {
      body += chart("latency_fit", "Measured over predicted latency of the finalists");
    } else if (predicted) {
      body += chart("histogram", "How many subnets reach which validation accuracy");
    }
    body += "</div>";
  }
  if (!data.quality.empty()) {
    body += "<h3>Quality, cross-validated</h3>" + field_list(data.quality);
  }
  if (!data.subnets.empty()) body += subnet_table(data.subnets);
  return section("predictor", "How far the predictions can be trusted",
                 "Each subnet's accuracy was predicted by a model fitted without it. On the dashed "
                 "lines prediction and truth agree; the shaded band is 10 % of the latency to "
                 "either side.",
                 body);
}

std::string training_section(const ReportData& data) {
  std::string body;
  if (data.history.rows.empty()) {
    body = absent("No training history yet: the stage train has not run.");
  } else {
    body = "<div class=\"pair\">";
    if (!history_columns(data.history, "loss").empty()) {
      body += chart("loss", "Training loss over epochs");
    }
    if (!history_columns(data.history, "acc").empty()) {
      body += chart("accuracy", "Accuracy over epochs");
    }
    if (!history_columns(data.history, "lr").empty()) {
      body += chart("lr", "Learning rate over epochs");
    }
    body += "</div>";
    body += details(str("The history as a table (", data.history.rows.size(), " rows)"),
                    table_of(data.history));
  }
  return section("training", "Training the supernet",
                 "All subnets share the weights trained here; shaded bands are the phases.", body);
}

std::string reproduce_section(const ReportData& data) {
  std::string body;
  if (!data.commands.empty()) {
    body += "<pre class=\"commands\">" + escape(join(data.commands, "\n")) + "</pre>";
  }
  body += stage_bars(data.stage_seconds);
  body += "<h3>Versions and machine</h3>";
  body += data.versions.empty() ? absent("Not recorded in this run folder.")
                                : field_list(data.versions);
  if (!data.config_text.empty()) {
    body += details("The config in force, defaults included",
                    "<pre>" + escape(data.config_text) + "</pre>");
  }
  return section("reproduce", "Make it again", "", body);
}

}  // namespace tailor::report
