// Which winner, with which weights.
#include "tools/stages/final_winner.h"

#include "core/file.h"

namespace tailor::tools {

FinalistRow final_winner(const Session& session, const RunDir& run) {
  const std::string tuned = run.file("finetune/winner.csv");
  const bool finetunes = session.config.has("finetune") && file_exists(tuned);
  return read_winner(finetunes ? tuned : run.file("finalists.csv"));
}

supernet::ParameterStore final_weights(const Session& session, const RunDir& run,
                                       const FinalistRow& winner) {
  return winner.note == kFinetuned ? session.load_store(run.file("finetune/checkpoint.safetensors"))
                                   : session.load_store(run);
}

}  // namespace tailor::tools
