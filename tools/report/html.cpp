#include "tools/report/html.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/str.h"

namespace tailor::report {

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string percent(double fraction, int digits) { return fixed(100 * fraction, digits) + " %"; }

namespace {

/// At least three significant digits, never an exponent.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95) return fixed(value, 0);
  if (size >= 9.995) return fixed(value, 1);
  if (size >= 0.9995 || size == 0) return fixed(value, 2);
  return fixed(value, size >= 0.09995 ? 3 : 4);
}

}  // namespace

std::string milliseconds(double ms) { return three_digits(ms) + " ms"; }

std::string count(double value) {
  static constexpr struct {
    double size;
    const char* unit;
  } kUnits[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  for (const auto& [size, unit] : kUnits) {
    if (std::abs(value) >= size) return three_digits(value / size) + unit;
  }
  return fixed(value, 0);
}

std::string duration(double seconds) {
  if (seconds < 59.95) return fixed(seconds, 1) + " s";
  char text[64];
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  }
  return text;
}

std::string cell(const std::string& html, const std::string& attributes) {
  return str("<td", attributes.empty() ? "" : " ", attributes, ">", html, "</td>");
}

std::string head_cell(const std::string& html, const std::string& attributes) {
  return str("<th", attributes.empty() ? "" : " ", attributes, ">", html, "</th>");
}

std::string arch_cell(const std::string& arch) {
  return cell("<code>" + escape(arch) + "</code>", "class=\"arch-cell\"");
}

namespace {

std::string readable(const std::string& name) {
  std::string out;
  for (char c : name) {
    if (c == '.') {
      out += ": ";
    } else {
      out += c == '_' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

std::string field_list(const Fields& fields) {
  std::string out = "<dl>";
  for (const auto& [name, value] : fields) {
    out += str("<div><dt>", escape(readable(name)), "</dt><dd>", escape(value), "</dd></div>");
  }
  return out + "</dl>";
}

std::string section(const std::string& id, const std::string& heading, const std::string& note,
                    const std::string& body) {
  return str("<section id=\"", id, "\"><h2>", escape(heading), "</h2>",
             note.empty() ? "" : "<p class=\"note\">" + escape(note) + "</p>", body,
             "</section>\n");
}

std::string absent(const std::string& text) {
  return str("<p class=\"absent\">", escape(text), "</p>");
}

std::string chart(const std::string& kind, const std::string& label) {
  return str("<figure class=\"chart\"><canvas data-chart=\"", kind, "\" role=\"img\" aria-label=\"",
             escape(label), "\"></canvas></figure>");
}

std::string bar_list(const std::vector<Bar>& bars) {
  std::string out = "<div class=\"bars\">";
  for (const Bar& bar : bars) {
    out += str("<span>", escape(bar.name),
               "</span><div><i style=\"width:", fixed(100 * std::clamp(bar.share, 0.0, 1.0), 1),
               "%\"></i></div><span class=\"n\">", escape(bar.text), "</span>");
  }
  return out + "</div>";
}

std::string details(const std::string& summary, const std::string& body) {
  return str("<details><summary>", escape(summary), "</summary>", body, "</details>");
}

}  // namespace tailor::report
