// Stage train: the supernet's weights.
#include "core/error.h"
#include "tools/stages/stage.h"
#include "trainers/loop.h"

namespace tailor::tools {

std::vector<std::string> run_train(const Session& s, RunDir& run, const std::string& hash) {
  train::Trainer trainer(*s.space, *s.data, s.train, static_cast<uint64_t>(s.seed), s.threads);
  trainer.run(run.file("train"), hash);
  return {"train/checkpoint.safetensors", "train/history.csv"};
}

}  // namespace tailor::tools
