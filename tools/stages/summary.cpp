// Printing the winner.
#include "tools/stages/summary.h"

#include <cmath>

#include "core/file.h"
#include "core/rounded.h"
#include "core/str.h"
#include "search/result_io.h"
#include "tools/stages/final_winner.h"

namespace tailor::tools {
namespace {

std::string percent(double fraction) { return str(number(std::round(fraction * 1e4) / 100), " %"); }

/// The best arch of a run that ends with the search.
std::string search_summary(const Session& session, const RunDir& run) {
  const std::string path = run.file("search/result.yaml");
  if (!file_exists(path)) return "";
  const search::StoredArch best = search::read_result(path).best;
  std::string out = str("best         ", best.arch, "\n");
  for (const auto& [metric, value] : best.values) {
    out += str(metric, std::string(metric.size() < 13 ? 13 - metric.size() : 1, ' '), number(value),
               "\n");
  }
  if (session.analytic_latency()) {
    out += str("latency is analytic, from the datasheet '", session.profile.ladder.datasheet,
               "' alone\n");
  }
  return out;
}

/// The hybrid that a language model became, beside the transformer that it was.
std::string hybrid_summary(const RunDir& run) {
  const std::string path = run.file("final/result.yaml");
  return file_exists(path) ? read_file(path) : "";
}

}  // namespace

std::string summary_text(const Session& session, const RunDir& run) {
  if (session.postnas) return hybrid_summary(run);
  if (!file_exists(run.file("finalists.csv"))) return search_summary(session, run);
  const FinalistRow row = final_winner(session, run);
  std::string out = str("winner       ", row.arch, "\naccuracy     ", percent(row.accuracy),
                        row.note == kFinetuned ? " on test images, fine-tuned" : " on test images",
                        "\nlatency      ", rounded(row.latency_ms, 4), " ms measured, ",
                        rounded(row.predicted_latency_ms, 4), " predicted, limit ",
                        rounded(row.limit_ms, 4), "\nsize         ", number(row.macs / 1e6),
                        " M MACs, ", number(row.params / 1e3), " k parameters\n");
  const std::string folder = run.file("export/" + session.exports.name);
  if (file_exists(folder + "/card.md")) out += str("exported to  ", folder, "\n");
  if (file_exists(run.file("report.html")))
    out += str("report       ", run.file("report.html"), "\n");
  return out;
}

}  // namespace tailor::tools
