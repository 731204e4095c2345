#include "tools/report/report.h"

#include "core/error.h"
#include "tools/report/assets.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

/// Puts a text where the template says {{name}}; what is put in is not searched again.
std::string fill(std::string_view form, const Fields& values) {
  std::string out;
  while (true) {
    const size_t open = form.find("{{");
    const size_t close = form.find("}}", open);
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    const std::string_view name = form.substr(open + 2, close - open - 2);
    out += form.substr(0, open);
    for (const auto& [key, value] : values) {
      if (key == name) out += value;
    }
    form.remove_prefix(close + 2);
  }
  out += form;
  return out;
}

/// Chart.js as it may stand inside a <script> element; empty when it cannot be read.
std::string chart_library(const std::string& path) {
  std::string code;
  try {
    code = read_file(path, 8 << 20);
  } catch (const IoError&) {
    return "";  // shown on the page by `chart_warning`
  }
  for (size_t at = 0; (at = code.find("</", at)) != std::string::npos; at += 3) {
    code.insert(at + 1, "\\");
  }
  return code;
}

std::string chart_warning(const std::string& path) {
  return absent(str("The plots are missing: Chart.js could not be read from '", path,
                    "' (Debian package libjs-chart.js). All figures are in the tables."));
}

std::string facts_line(const Fields& facts) {
  std::string out;
  for (const auto& [name, value] : facts) {
    out += str("<span>", escape(name), " <b>", escape(value), "</b></span>");
  }
  return out;
}

std::string note_list(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string out = "<ul class=\"notes\">";
  for (const std::string& note : notes) out += str("<li>", escape(note), "</li>");
  return out + "</ul>";
}

}  // namespace

std::string report_html(const ReportData& data) {
  const std::string library = chart_library(data.chart_js);
  return fill(asset_html(), {{"title", escape(data.title)},
                             {"css", std::string(asset_css())},
                             {"facts", facts_line(data.facts)},
                             {"headline", headline(data)},
                             {"notes", note_list(data.notes)},
                             {"warning", library.empty() ? chart_warning(data.chart_js) : ""},
                             {"choice", choice_section(data)},
                             {"structure", structure_section(data)},
                             {"latency", latency_section(data)},
                             {"device", device_section(data)},
                             {"predictor", predictor_section(data)},
                             {"search", search_section(data)},
                             {"slots", slots_section(data)},
                             {"training", training_section(data)},
                             {"reproduce", reproduce_section(data)},
                             {"data", chart_json(data)},
                             {"chart_js", library},
                             {"js", std::string(asset_js())}});
}

}  // namespace tailor::report
