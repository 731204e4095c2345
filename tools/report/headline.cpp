// The cards at the top of the page.
#include <algorithm>
#include <cmath>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

std::string card(const std::string& name, const std::string& value, const std::string& below,
                 const std::string& extra = "") {
  return str("<div class=\"card\"><h3>", name, "</h3><p class=\"value\">", value, "</p>", extra,
             "<p class=\"below\">", below, "</p></div>");
}

/// "1.42 ms" with the unit set smaller.
std::string big(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return text;
  return str(text.substr(0, space), " <small>", text.substr(space + 1), "</small>");
}

std::string accuracy_card(const Network& winner) {
  const auto format = [](double v) { return percent(v); };
  if (!winner.accuracy) {
    return card("Accuracy, predicted", big(maybe(winner.predicted_accuracy, format)),
                "validation data; not yet re-measured");
  }
  return card("Test accuracy", big(format(*winner.accuracy)),
              winner.predicted_accuracy
                  ? str("predicted ", format(*winner.predicted_accuracy), " on validation data")
                  : "re-measured with recalibrated statistics");
}

std::string latency_card(const Network& winner, const std::optional<double>& limit_ms) {
  const std::optional<double> value =
      winner.latency_ms ? winner.latency_ms : winner.predicted_latency_ms;
  const std::string name = winner.latency_ms ? "Latency, measured" : "Latency, predicted";
  if (!value || !limit_ms || *limit_ms <= 0) {
    return card(name, big(maybe(value, milliseconds)), "no latency limit");
  }
  const double share = *value / *limit_ms;
  const std::string meter =
      str("<div class=\"meter", share > 1 ? " over" : "",
          "\"><i style=\"width:", fixed(100 * std::min(share, 1.0), 1), "%\"></i></div>");
  const std::string distance = str(percent(std::abs(1 - share), 0), share > 1 ? " over" : " below",
                                   " the limit of ", milliseconds(*limit_ms));
  return card(name, big(milliseconds(*value)), distance, meter);
}

std::string size_card(const Network& winner) {
  const std::string value = winner.params ? count(*winner.params) + " parameters" : "–";
  std::string below = winner.macs ? count(*winner.macs) + " multiply-accumulates" : "";
  if (winner.params) {
    const double megabytes = 4 * *winner.params / 1e6;
    below +=
        str(below.empty() ? "" : ", ", fixed(megabytes, megabytes < 10 ? 2 : 1), " MB of weights");
  }
  // The first blank may part number and unit letter: "142 k parameters".
  const size_t last = value.rfind(' ');
  return card("Size",
              last == std::string::npos
                  ? value
                  : str(value.substr(0, last), " <small>", value.substr(last + 1), "</small>"),
              below);
}

std::string gain_card(const Network& winner, const std::optional<Network>& largest) {
  const bool known = largest && largest->latency_ms && winner.latency_ms && *winner.latency_ms > 0;
  if (!known) return card("Against the largest subnet", "–", "the largest was not measured");
  std::string below = "largest: " + milliseconds(*largest->latency_ms);
  if (largest->accuracy) below += ", " + percent(*largest->accuracy);
  if (largest->accuracy && winner.accuracy) {
    const double points = 100 * (*winner.accuracy - *largest->accuracy);
    below += str(" (", points < 0 ? "−" : "+", fixed(std::abs(points), 1), " points)");
  }
  const double times = *largest->latency_ms / *winner.latency_ms;
  return card("Against the largest subnet",
              str(fixed(times, times < 9.95 ? 1 : 0), "× <small>faster</small>"), below);
}

}  // namespace

std::string headline(const ReportData& data) {
  if (!data.winner) {
    return absent("No winner yet: the stages search and finalists have not finished.");
  }
  const Network& winner = *data.winner;
  return str("<div class=\"cards\">", accuracy_card(winner), latency_card(winner, data.limit_ms),
             size_card(winner), gain_card(winner, data.largest),
             "</div><p class=\"arch\"><span>winner</span><code>", escape(winner.arch),
             "</code></p>\n");
}

}  // namespace tailor::report
