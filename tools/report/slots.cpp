// What a search by gradient has learned: probabilities of each slot's options over its epochs.
#include <algorithm>

#include "core/str.h"
#include "tools/report/html.h"
#include "tools/report/sections.h"

namespace tailor::report {
namespace {

constexpr double kWidth = 240, kHeight = 80;

double shown(const SlotHistory& slot, size_t epoch, size_t option) {
  return std::clamp(slot.probabilities[epoch][option], 0.0, 1.0);
}

/// Where option `option` begins in a stack of all, from the bottom, 0 to 1.
double below(const SlotHistory& slot, size_t epoch, size_t option) {
  double sum = 0;
  for (size_t o = 0; o < option; ++o) sum += shown(slot, epoch, o);
  return std::min(sum, 1.0);
}

/// One option's band of the stack as a closed path.
std::string band(const SlotHistory& slot, size_t option) {
  const size_t epochs = slot.probabilities.size();
  const auto point = [&](size_t epoch, double share) {
    const double x =
        epochs > 1 ? kWidth * static_cast<double>(epoch) / static_cast<double>(epochs - 1) : 0.0;
    return str(fixed(x, 1), ",", fixed(kHeight * (1 - share), 1), " ");
  };
  std::string points;
  for (size_t e = 0; e < epochs; ++e) {
    points += point(e, std::min(1.0, below(slot, e, option) + shown(slot, e, option)));
  }
  for (size_t e = epochs; e-- > 0;) points += point(e, below(slot, e, option));
  return str("<polygon class=\"o", option % 8, "\" points=\"", points, "\"><title>",
             escape(slot.options[option]), ": ", percent(slot.probabilities.back()[option]),
             "</title></polygon>");
}

std::string picture(const SlotHistory& slot) {
  const std::vector<double>& last = slot.probabilities.back();
  const auto best = static_cast<size_t>(std::max_element(last.begin(), last.end()) - last.begin());
  std::string bands;
  for (size_t o = 0; o < slot.options.size(); ++o) bands += band(slot, o);
  const std::string label = str(slot.name, ": ", slot.options[best], " ", percent(last[best], 0));
  return str("<figure><svg viewBox=\"0 0 ", kWidth, " ", kHeight,
             "\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"", escape(label), "\">",
             bands, "</svg><figcaption><b>", escape(slot.name), "</b> ", escape(slot.options[best]),
             " <span class=\"muted\">", percent(last[best], 0), "</span></figcaption></figure>");
}

}  // namespace

std::string slots_section(const ReportData& data) {
  if (data.slots.empty()) return "";
  std::string body = "<div class=\"slots\">";
  for (const SlotHistory& slot : data.slots) body += picture(slot);
  return section("slots", "What the search by gradient learned",
                 "A picture a slot: from left to right the epochs of the search, each option's "
                 "probability as the height of its band. Below it the likeliest option; the search "
                 "under the limit may have taken another.",
                 body + "</div>");
}

}  // namespace tailor::report
