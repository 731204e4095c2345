// Choosing finalists and the winner.
#include "tools/stages/finalist_choice.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.h"

namespace tailor::tools {
namespace {

bool over_limit(const FinalistRow& row) {
  return std::isfinite(row.limit_ms) && row.latency_ms > row.limit_ms;
}

}  // namespace

std::vector<std::string> choose_finalists(const std::vector<search::StoredArch>& front,
                                          size_t count, size_t best) {
  std::vector<std::string> out;
  if (front.size() <= count) best = count = front.size();
  best = std::min(best, count);
  for (size_t i = 0; i < best; ++i) out.push_back(front[i].arch);
  const size_t others = count - best, rest = front.size() - best;
  for (size_t i = 0; i < others; ++i) {
    out.push_back(front[best + (i + 1) * rest / others - 1].arch);
  }
  return out;
}

std::vector<std::string> replacements(const std::vector<search::StoredArch>& front,
                                      const std::vector<FinalistRow>& rows, size_t begin) {
  std::set<std::string> known;
  double excess = 1;
  for (const FinalistRow& row : rows) {
    known.insert(row.arch);
    if (over_limit(row)) excess = std::max(excess, row.latency_ms / row.predicted_latency_ms);
  }
  auto missing = std::count_if(rows.begin() + static_cast<std::ptrdiff_t>(begin), rows.end(),
                               [](const FinalistRow& row) { return over_limit(row); });
  std::vector<std::string> out;
  for (const search::StoredArch& each : front) {  // best predicted accuracy first
    if (missing == 0) break;
    if (known.count(each.arch)) continue;
    if (each.values.at("latency_ms") * excess > rows[0].limit_ms) continue;
    out.push_back(each.arch);
    --missing;
  }
  return out;
}

void judge(std::vector<FinalistRow>& rows) {
  FinalistRow* winner = nullptr;
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    FinalistRow& row = rows[i];
    if (over_limit(row)) {
      row.note = "over the limit, skipped";
    } else if (!winner || row.validation_accuracy > winner->validation_accuracy) {
      winner = &row;
    }
  }
  if (!winner) {
    double least = INFINITY;
    for (const FinalistRow& row : rows) least = std::min(least, row.latency_ms);
    throw InfeasibleError(str("no finalist has measured latency_ms <= ", rows[0].limit_ms,
                              ": smallest measured ", least,
                              " ms; raise the limit or "
                              "finalists.count"));
  }
  winner->note = "winner";
}

}  // namespace tailor::tools
