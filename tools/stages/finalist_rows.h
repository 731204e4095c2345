// finalists.csv: predicted and re-measured accuracy and latency, side by side.
#pragma once

#include <string>
#include <vector>

namespace tailor::tools {

struct FinalistRow {
  std::string arch;
  double predicted_accuracy = 0, validation_accuracy = 0;
  double accuracy = 0;  ///< on test images; NaN where test was not touched
  double predicted_latency_ms = 0, latency_ms = 0, latency_spread = 0;
  double limit_ms = 0;  ///< NaN without a latency limit
  double macs = 0, params = 0;
  std::string note = "";  ///< "winner", "largest (not a finalist)", "over the limit, skipped", ""

  bool is_winner() const { return note.rfind("winner", 0) == 0; }
};

void write_finalists(const std::string& path, const std::vector<FinalistRow>& rows);
/// Throws IoError.
std::vector<FinalistRow> read_finalists(const std::string& path);
/// The winner's row. Throws IoError when there is none.
FinalistRow read_winner(const std::string& path);

}  // namespace tailor::tools
