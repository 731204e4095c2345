// What the stages of PostNAS share: the frozen transformer, the store of all paths, scores.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/session.h"
#include "trainers/language/language_trainer.h"
#include "trainers/language/multiple_choice.h"

namespace tailor::tools {

inline constexpr const char* kBaseCheckpoint = "base/checkpoint.safetensors";
inline constexpr const char* kPlacementCheckpoint = "placement/checkpoint.safetensors";
inline constexpr const char* kPlacementFile = "placement/result.yaml";
inline constexpr const char* kBlocksFile = "blocks/result.yaml";
inline constexpr const char* kSizesFile = "sizes/result.yaml";

/// Scores of one network on every task.
struct TaskScores {
  train::LanguageScore text, recall;
  std::optional<train::LanguageScore> choices;  ///< absent without text.choices

  const train::LanguageScore& of(train::TokenTask task) const {
    if (task == train::TokenTask::choices) return choices.value();
    return task == train::TokenTask::text ? text : recall;
  }
};

/// One run of the pipeline as its stages see it.
class Postnas {
 public:
  /// Throws ConfigError when the config has no section `postnas` or `text`.
  Postnas(const Session& session, const RunDir& run);

  const Session& session() const { return session_; }
  const PostnasSection& section() const { return *session_.postnas; }
  const SearchSpace& space() const { return *session_.space; }
  const train::TokenData& data() const { return *session_.text; }
  int64_t layers() const { return layers_; }
  /// Full attention in every layer.
  const Arch& base() const { return base_; }
  /// Weights of the base: the run's own or postnas.base.weights, a file or a Hugging Face folder.
  std::string base_weights() const;
  /// Fills in the base's parameters. Throws IoError when they are not all there, ConfigError for a
  /// folder with another model than a transformer with full attention in every layer.
  void load_base(supernet::ParameterStore& store) const;

  /// All paths of all layers, begun at random, the transformer's own from its weights.
  supernet::ParameterStore store() const;
  /// The same, then what a later stage learned.
  supernet::ParameterStore store(const std::string& checkpoint) const;
  /// The transformer, which teaches and does not change.
  train::FrozenTeacher teacher() const;
  /// An arch of those mixers with the largest sizes.
  Arch arch(const std::vector<std::string>& mixers) const;
  NetworkSpec lower(const Arch& arch) const;
  TaskScores score(const Arch& arch, const supernet::ParameterStore& store) const;
  /// Columns of a table of scores: text_loss, recall_loss, recall_accuracy, and choices_loss,
  /// choices_accuracy where there are questions.
  std::vector<std::string> score_columns() const;

 private:
  const Session& session_;
  const RunDir& run_;
  int64_t layers_;
  Arch base_;
  train::TokenBatch text_, recall_;
  std::optional<train::ChoiceData> choices_;
};

/// Mixers' weights, without their norms: what learns while the transformer stays as it is.
bool is_mixer_weight(const supernet::Parameter& parameter);

/// "key: value" lines of a small YAML file. Throws IoError naming file and key.
std::string read_entry(const std::string& path, const std::string& key);

/// Fields of a table of scores.
std::vector<std::string> score_fields(const TaskScores& scores);
/// Columns and fields as text.
std::string score_text(const TaskScores& scores);
/// The same as lines of YAML behind `indent`.
std::string score_yaml(const TaskScores& scores, const std::string& indent);

}  // namespace tailor::tools
