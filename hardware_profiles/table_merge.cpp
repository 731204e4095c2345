// Merging and comparing latency tables.
#include "hardware_profiles/table_merge.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "hardware_profiles/statistics.h"

namespace tailor::hw {
namespace {

constexpr size_t kWorst = 10;
constexpr double kHighShare = 0.95;

/// Smallest of the ordered values that at least this share of them does not exceed.
double percentile(const std::vector<double>& ordered, double share) {
  const auto rank =
      static_cast<size_t>(std::ceil(share * static_cast<double>(ordered.size()) - 1e-9));
  return ordered[std::max<size_t>(rank, 1) - 1];
}

std::string percent(double share) { return str(number(std::round(share * 1000) / 10), " %"); }

std::string milliseconds(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", ms);
  return text;
}

void count_values(TableDifference& out, const std::vector<TableDifference::Entry>& entries) {
  out.common = entries.size();
  if (entries.empty()) return;
  std::vector<double> sizes;
  for (const auto& entry : entries) sizes.push_back(std::abs(entry.relative));
  std::sort(sizes.begin(), sizes.end());
  out.median = median(sizes);
  out.p95 = percentile(sizes, kHighShare);
}

std::string labels_text(const std::string& title, const std::vector<std::string>& labels) {
  if (labels.empty()) return "";
  return str(title, " ", labels.size(), ": ", join(labels, ", "), "\n");
}

}  // namespace

std::optional<TableScale> table_scale(const TableHeader& a, const TableHeader& b) {
  std::vector<double> ratios;
  for (const auto& [key, entry] : a.reference_blocks) {
    const auto other = b.reference_blocks.find(key);
    if (other != b.reference_blocks.end()) {
      ratios.push_back(entry.median_ms / other->second.median_ms);
    }
  }
  const size_t count = ratios.size();
  if (count > 0 && count == a.reference_blocks.size() && count == b.reference_blocks.size()) {
    return TableScale{median(ratios), str("the median of ", count, " reference blocks")};
  }
  if (a.space != b.space || a.reference != b.reference) return std::nullopt;
  if (a.reference_ms <= 0 || b.reference_ms <= 0) return std::nullopt;
  return TableScale{a.reference_ms / b.reference_ms, "the reference network's times"};
}

LatencyTable merge_tables(const LatencyTable& a, const LatencyTable& b, const std::string& b_path) {
  check_same_conditions(b.header(), a.header(), b_path);
  const std::optional<TableScale> scale = table_scale(a.header(), b.header());
  if (!scale) {
    throw IoError(str(b_path,
                      ": cannot be merged: one of the tables has no time of the reference "
                      "network, so their speeds cannot be compared"));
  }
  LatencyTable out = a;
  for (const auto& [key, entry] : b.entries()) {
    const TableEntry* own = a.find(key);
    if (own && own->spread <= entry.spread) continue;
    TableEntry scaled = entry;
    scaled.median_ms *= scale->factor;
    out.insert(key, std::move(scaled));
  }
  return out;
}

TableDifference diff_tables(const LatencyTable& a, const LatencyTable& b) {
  TableDifference out;
  out.scale = table_scale(a.header(), b.header());
  const double factor = out.scale ? out.scale->factor : 1;
  std::vector<TableDifference::Entry> entries;
  for (const auto& [key, entry] : a.entries()) {
    const TableEntry* other = b.find(key);
    if (!other) {
      out.only_a.push_back(entry.label);
      continue;
    }
    const double b_ms = other->median_ms * factor;
    entries.push_back({entry.label, entry.median_ms, b_ms, b_ms / entry.median_ms - 1});
  }
  for (const auto& [key, entry] : b.entries()) {
    if (!a.find(key)) out.only_b.push_back(entry.label);
  }
  count_values(out, entries);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) {
    return std::abs(x.relative) > std::abs(y.relative);
  });
  entries.resize(std::min(entries.size(), kWorst));
  out.worst = std::move(entries);
  return out;
}

std::string TableDifference::text() const {
  std::string out = str("common entries: ", common, "\n");
  out += scale ? str("second table brought to the first's speed: x ", milliseconds(scale->factor),
                     ", from ", scale->source, "\n")
               : "not brought to one speed: the tables have no reference in common\n";
  if (common > 0) {
    out += str("difference: median ", percent(median), ", 95 of 100 within ", percent(p95), "\n");
  }
  for (const Entry& entry : worst) {
    out += str("  ", entry.relative < 0 ? "" : "+", percent(entry.relative), "  ", entry.label,
               "  ", milliseconds(entry.a_ms), " ms, ", milliseconds(entry.b_ms), " ms\n");
  }
  return out + labels_text("only in the first", only_a) + labels_text("only in the second", only_b);
}

}  // namespace tailor::hw
