// Texts and numbers as HTML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/report/report.h"

namespace tailor::report {

/// & < > " ' as entities.
std::string escape(std::string_view text);

/// Fixed digits after the point: fixed(1.005, 2).
std::string fixed(double value, int digits);
/// A fraction as "91.2 %".
std::string percent(double fraction, int digits = 1);
/// Three significant digits: "0.0123 ms", "1.42 ms", "142 ms".
std::string milliseconds(double ms);
/// "950", "14.2 k", "3.10 M", "1.05 G".
std::string count(double value);
/// "4.2 s", "3 min 05 s", "2 h 10 min".
std::string duration(double seconds);
/// `none` where there is no value.
template <class Format>
std::string maybe(const std::optional<double>& value, const Format& format,
                  const std::string& none = "–") {
  return value ? format(*value) : none;
}

/// <th> or <td>; `attributes` is trusted, `html` must be escaped already.
std::string cell(const std::string& html, const std::string& attributes = "");
std::string head_cell(const std::string& html, const std::string& attributes = "");

/// An arch's text, which may wrap.
std::string arch_cell(const std::string& arch);

/// A list of names and values; "latency.within_10pct" is shown as "latency: within 10pct".
std::string field_list(const Fields& fields);

/// <section> with a heading; `note` (plain text) says what is shown.
std::string section(const std::string& id, const std::string& heading, const std::string& note,
                    const std::string& body);
/// The line that stands for what is not there.
std::string absent(const std::string& text);
/// A canvas that report.js fills, `kind` names the chart; `label` describes it for screen readers.
std::string chart(const std::string& kind, const std::string& label);
/// A named bar of a share of the whole width, and what is written behind it.
struct Bar {
  std::string name;
  double share = 0;  ///< 0 to 1
  std::string text;
};
std::string bar_list(const std::vector<Bar>& bars);
/// A closed <details> element.
std::string details(const std::string& summary, const std::string& body);

}  // namespace tailor::report
