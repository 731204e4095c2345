// Stage finalists: the best few and some of the front, evaluated and measured again; the winner is
// the best on validation images among those whose measured latency meets the limit. Test images are
// read here and nowhere else.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/log.h"
#include "hardware_profiles/profile.h"
#include "search/result_io.h"
#include "tools/stages/estimators.h"
#include "tools/stages/finalist_rows.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

/// The `best` first of the front (best predicted accuracy first), then others spread evenly over
/// the rest, its cheapest end among them (it meets the limit when predictions are too low): `count`
/// in all.
std::vector<search::StoredArch> choose(const std::vector<search::StoredArch>& front, size_t count,
                                       size_t best) {
  if (front.size() <= count) return front;
  best = std::min(best, count);
  std::vector<search::StoredArch> out(front.begin(),
                                      front.begin() + static_cast<std::ptrdiff_t>(best));
  const size_t others = count - best, rest = front.size() - best;
  for (size_t i = 0; i < others; ++i) {
    out.push_back(front[best + (i + 1) * rest / others - 1]);
  }
  return out;
}

double latency_limit(const search::StoredResult& result) {
  for (const search::LimitResult& each : result.constraints) {
    if (each.limit.metric == "latency_ms") return each.limit.limit;
  }
  return NAN;
}

FinalistRow predicted_row(const std::string& text, const Arch& arch, const Estimators& by,
                          double limit_ms) {
  FinalistRow row{.arch = text, .limit_ms = limit_ms};
  row.predicted_accuracy = estimate_one(*by.accuracy, arch);
  row.predicted_latency_ms = estimate_one(*by.latency, arch);
  row.macs = estimate_one(by.macs, arch);
  row.params = estimate_one(by.params, arch);
  row.accuracy = NAN;
  return row;
}

void score(const Session& s, const std::vector<Arch>& archs, const RunDir& run,
           std::vector<FinalistRow>& rows) {
  const supernet::ParameterStore store = s.load_store(run);
  train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
  evaluator.evaluate_all(archs, train::Split::validation, s.threads,
                         [&](size_t i, const train::SubnetScore& score) {
                           rows[i].validation_accuracy = score.accuracy;
                         });
  // The last row is the largest subnet, for comparison: it is no finalist, so no test images.
  const std::span<const Arch> finalists(archs.data(), archs.size() - 1);
  evaluator.evaluate_all(
      finalists, train::Split::test, s.threads,
      [&](size_t i, const train::SubnetScore& score) { rows[i].accuracy = score.accuracy; });
}

/// Marks finalists over the limit and the winner. Validation accuracy decides, never test.
void judge(std::vector<FinalistRow>& rows) {
  FinalistRow* winner = nullptr;
  for (size_t i = 0; i + 1 < rows.size(); ++i) {
    FinalistRow& row = rows[i];
    if (std::isfinite(row.limit_ms) && row.latency_ms > row.limit_ms) {
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

}  // namespace

std::vector<std::string> run_finalists(const Session& s, RunDir& run, const std::string&) {
  const Estimators estimators(s, run);
  const search::StoredResult result = search::read_result(run.file("search/result.yaml"));
  const std::vector<search::StoredArch> chosen =
      choose(search::read_front(run.file("search/front.csv")),
             static_cast<size_t>(s.finalists.count), static_cast<size_t>(s.finalists.best));
  std::vector<Arch> archs;
  for (const search::StoredArch& each : chosen) archs.push_back(s.space->parse(each.arch));
  archs.push_back(s.space->largest());
  std::vector<FinalistRow> rows;
  for (const Arch& arch : archs) {
    rows.push_back(predicted_row(s.space->print(arch), arch, estimators, latency_limit(result)));
  }
  rows.back().note = "largest, for comparison";

  const hw::Interleaved measured = hw::measure_archs(
      *s.space, *s.profile.device, archs, s.finalists.measure, &estimators.latency->table());
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i].latency_ms = measured.measurements[i].median_ms;
    rows[i].latency_spread = measured.measurements[i].spread;
  }
  score(s, archs, run, rows);
  judge(rows);
  write_finalists(run.file("finalists.csv"), rows);
  for (const FinalistRow& row : rows) {
    if (!row.note.empty()) log_info("finalists: ", row.note, ": ", row.arch);
  }
  return {"finalists.csv"};
}

}  // namespace tailor::tools
