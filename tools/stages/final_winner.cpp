// Which winner, with which weights.
#include "tools/stages/final_winner.h"

namespace tailor::tools {

FinalistRow final_winner(const Session& session, const RunDir& run) {
  return read_winner(
      run.file(session.config.has("finetune") ? "finetune/winner.csv" : "finalists.csv"));
}

supernet::ParameterStore final_weights(const Session& session, const RunDir& run,
                                       const FinalistRow& winner) {
  return winner.note == kFinetuned ? session.load_store(run.file("finetune/checkpoint.safetensors"))
                                   : session.load_store(run);
}

}  // namespace tailor::tools
