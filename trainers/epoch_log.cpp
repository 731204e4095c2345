// What a training run writes down after each epoch.
#include "trainers/epoch_log.h"

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/rounded.h"

namespace tailor::train {

std::vector<std::string> history_header() {
  return {"phase",  "name",   "epoch", "lr", "loss", "accuracy_largest", "accuracy_smallest",
          "images", "seconds"};
}

std::vector<std::string> validation_header() {
  return {"phase", "name", "epoch", "subnet", "arch", "accuracy", "loss"};
}

std::vector<Arch> watched_archs(const SearchSpace& space, const NamedArchs& named) {
  std::vector<Arch> archs = {space.largest(), space.smallest()};
  for (const auto& [name, arch] : named) archs.push_back(arch);
  return archs;
}

void log_epoch(const SearchSpace& space, const EpochSummary& epoch, const NamedArchs& named,
               const std::vector<SubnetScore>& scores, TrainProgress& progress) {
  TAILOR_CHECK(scores.size() == named.size() + 2, "a score for each arch that is watched");
  const std::string place = str(epoch.phase + 1, ",", epoch.name, ",", epoch.epoch + 1, ",");
  std::string others;
  for (size_t i = 0; i < named.size(); ++i) {
    const SubnetScore& score = scores[i + 2];
    others += str(", ", number(score.accuracy), " (", named[i].first, ")");
    progress.validation.push_back(str(place, named[i].first, ",\"", space.print(named[i].second),
                                      "\",", number(score.accuracy), ",", number(score.loss)));
  }
  progress.history.push_back(str(place, number(epoch.lr), ",", number(epoch.loss), ",",
                                 number(scores[0].accuracy), ",", number(scores[1].accuracy), ",",
                                 epoch.images, ",", rounded(epoch.seconds, 2)));
  log_info("phase ", epoch.phase + 1, " (", epoch.name, ") epoch ", epoch.epoch + 1, "/",
           epoch.epochs, ": loss ", rounded(epoch.loss, 4), ", validation accuracy ",
           number(scores[0].accuracy), " (largest) ", number(scores[1].accuracy), " (smallest)",
           others);
}

void write_table(const std::string& path, const std::vector<std::string>& header,
                 const std::vector<std::string>& lines) {
  std::string text = join(header, ",") + "\n";
  for (const std::string& line : lines) text += line + "\n";
  write_file(path, text);
}

void write_history(const std::string& folder, const TrainProgress& progress, bool validation) {
  write_table(folder + "/history.csv", history_header(), progress.history);
  if (validation) write_table(folder + "/validation.csv", validation_header(), progress.validation);
}

}  // namespace tailor::train
