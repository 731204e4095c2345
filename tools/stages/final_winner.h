// The network that leaves a run, and the weights it leaves with.
#pragma once

#include "tools/session.h"
#include "tools/stages/finalist_rows.h"

namespace tailor::tools {

/// Note of a winner whose fine-tuned weights are better on validation images.
inline constexpr const char* kFinetuned = "winner, fine-tuned";

/// The row of finetune/winner.csv where the config fine-tunes and has done so, else the winner of
/// finalists.csv.
/// Throws IoError.
FinalistRow final_winner(const Session& session, const RunDir& run);

/// The supernet's weights, or the fine-tuned ones where they were better. Throws IoError.
supernet::ParameterStore final_weights(const Session& session, const RunDir& run,
                                       const FinalistRow& winner);

}  // namespace tailor::tools
