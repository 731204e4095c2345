// Which networks become finalists, and which finalist wins.
#pragma once

#include <string>
#include <vector>

#include "search/result_io.h"
#include "tools/stages/finalist_rows.h"

namespace tailor::tools {

/// The `best` first of the front (best predicted accuracy first), then others spread evenly over
/// the rest, its cheapest end among them: `count` in all.
std::vector<std::string> choose_finalists(const std::vector<search::StoredArch>& front,
                                          size_t count, size_t best);

/// When finalists turn out slower than predicted, the best ones break the limit together. Then: for
/// each of `rows[begin:]` that did, the next of the front that meets the limit once predictions are
/// raised by the largest excess found. Empty when none did or none is left.
std::vector<std::string> replacements(const std::vector<search::StoredArch>& front,
                                      const std::vector<FinalistRow>& rows, size_t begin);

/// Marks finalists over the limit and the winner: the best on validation images among the others;
/// test never decides. The last row, the largest subnet, is no finalist.
/// Throws InfeasibleError with the smallest measured latency.
void judge(std::vector<FinalistRow>& rows);

}  // namespace tailor::tools
