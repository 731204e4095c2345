// Stage finalists: the best few and some of the front, evaluated and measured again; the winner is
// the best on validation images among those whose measured latency meets the limit. Test images are
// read here and nowhere else.
#include <cmath>

#include "core/error.h"
#include "core/log.h"
#include "hardware_profiles/profile.h"
#include "search/result_io.h"
#include "tools/stages/estimators.h"
#include "tools/stages/finalist_choice.h"
#include "tools/stages/measured_networks.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

constexpr int kReplacementRounds = 3;

double latency_limit(const search::StoredResult& result) {
  for (const search::LimitResult& each : result.constraints) {
    if (each.limit.metric == "latency_ms") return each.limit.limit;
  }
  return NAN;
}

FinalistRow predicted_row(const std::string& text, const Arch& arch, const Estimators& by,
                          double limit_ms) {
  FinalistRow row{.arch = text, .limit_ms = limit_ms};
  row.predicted_accuracy = by.accuracy ? estimate_one(*by.accuracy, arch) : NAN;
  row.predicted_latency_ms = estimate_one(*by.latency, arch);
  row.macs = estimate_one(by.macs, arch);
  row.params = estimate_one(by.params, arch);
  row.accuracy = NAN;
  return row;
}

/// Measured and scored finalists, and the largest subnet for comparison.
class Finalists {
 public:
  Finalists(const Session& s, const RunDir& run, double limit_ms)
      : session_(s),
        estimators_(s, run),
        anchors_(anchors_of(read_networks(*s.space, run.file("profile/networks.csv")))),
        limit_ms_(limit_ms) {}

  /// Measures archs side by side and adds a row for each.
  void measure(const std::vector<std::string>& texts, std::vector<FinalistRow>& to) const {
    std::vector<Arch> archs;
    for (const std::string& text : texts) archs.push_back(session_.space->parse(text));
    const hw::Interleaved measured =
        hw::measure_archs(*session_.space, *session_.profile.device, archs,
                          session_.finalists.measure, estimators_.table, anchors_);
    for (size_t i = 0; i < archs.size(); ++i) {
      FinalistRow row = predicted_row(texts[i], archs[i], estimators_, limit_ms_);
      row.latency_ms = measured.measurements[i].median_ms;
      row.latency_spread = measured.measurements[i].spread;
      to.push_back(std::move(row));
    }
  }

 private:
  const Session& session_;
  const Estimators estimators_;
  const std::vector<hw::TimedArch> anchors_;
  const double limit_ms_;
};

/// Validation accuracy of all rows; test accuracy of all but the last, the largest subnet, which is
/// no finalist.
void score(const Session& s, const RunDir& run, std::vector<FinalistRow>& rows) {
  const supernet::ParameterStore store = s.load_store(run);
  train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
  std::vector<Arch> archs;
  for (const FinalistRow& row : rows) archs.push_back(s.space->parse(row.arch));
  evaluator.evaluate_all(archs, train::Split::validation, s.threads,
                         [&](size_t i, const train::SubnetScore& score) {
                           rows[i].validation_accuracy = score.accuracy;
                         });
  const std::span<const Arch> finalists(archs.data(), archs.size() - 1);
  evaluator.evaluate_all(
      finalists, train::Split::test, s.threads,
      [&](size_t i, const train::SubnetScore& score) { rows[i].accuracy = score.accuracy; });
}

}  // namespace

std::vector<std::string> run_finalists(const Session& s, RunDir& run, const std::string&) {
  const search::StoredResult result = search::read_result(run.file("search/result.yaml"));
  const Finalists finalists(s, run, latency_limit(result));
  const std::vector<search::StoredArch> front = search::read_front(run.file("search/front.csv"));
  std::vector<std::string> archs = choose_finalists(front, static_cast<size_t>(s.finalists.count),
                                                    static_cast<size_t>(s.finalists.best));
  archs.push_back(s.space->print(s.space->largest()));
  std::vector<FinalistRow> rows;
  finalists.measure(archs, rows);
  FinalistRow largest = std::move(rows.back());
  rows.pop_back();
  largest.note = "largest, for comparison";
  size_t begin = 0;
  for (int round = 0; round < kReplacementRounds; ++round) {
    archs = replacements(front, rows, begin);
    if (archs.empty()) break;
    log_info("finalists: ", archs.size(), " more for those that are over the limit");
    begin = rows.size();
    finalists.measure(archs, rows);
  }
  rows.push_back(std::move(largest));
  score(s, run, rows);
  judge(rows);
  write_finalists(run.file("finalists.csv"), rows);
  for (const FinalistRow& row : rows) {
    if (!row.note.empty()) log_info("finalists: ", row.note, ": ", row.arch);
  }
  return {"finalists.csv"};
}

}  // namespace tailor::tools
