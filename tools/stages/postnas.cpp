// The transformer, the store and the scores of a PostNAS run.
#include "tools/stages/postnas.h"

#include "core/error.h"
#include "core/file.h"
#include "core/rounded.h"
#include "tools/stages/language_model.h"
#include "trainers/language/language_folder.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {

using supernet::ParameterStore;

namespace {

TensorFile transformer_of(const std::string& folder) {
  const train::FolderModel model = train::load_language_folder(folder);
  for (const LmLayer& layer : model.config.layers) {
    if (layer.mixer == train::kFullMixer) continue;
    throw ConfigError(str(folder, ": holds a layer of '", layer.mixer,
                          "'; PostNAS begins with full attention in every layer"));
  }
  return model.store.to_file();
}

}  // namespace

Postnas::Postnas(const Session& session, const RunDir& run)
    : session_(session),
      run_(run),
      layers_(train::layer_count(*session.space)),
      base_(train::with_mixers(
          *session.space, session.space->largest(),
          std::vector<std::string>(static_cast<size_t>(layers_), train::kFullMixer))),
      text_(session.text->validation(train::TokenTask::text)),
      recall_(session.text->validation(train::TokenTask::recall)) {
  if (const std::string& file = data().options().choices; !file.empty()) {
    choices_.emplace(parse_choices(read_file(file), file), data().tokenizer(),
                     data().options().tokens);
  }
}

std::string Postnas::base_weights() const {
  return section().base.weights.empty() ? run_.file(kBaseCheckpoint) : section().base.weights;
}

ParameterStore Postnas::store() const {
  ParameterStore store = ParameterStore::of_space(space());
  store.initialise(session_.rng("postnas"));
  load_base(store);
  return store;
}

void Postnas::load_base(ParameterStore& store) const {
  const std::string from = base_weights();
  const TensorFile file = names_folder(from) ? transformer_of(from) : TensorFile::load(from);
  const NetworkSpec spec = space().lower(base_);
  const ParameterStore needed(std::span(&spec, 1));
  if (store.load_known(file) < static_cast<int64_t>(needed.parameters().size())) {
    throw IoError(str(from, ": does not hold all weights of '", space().print(base_), "'"));
  }
}

ParameterStore Postnas::store(const std::string& checkpoint) const {
  ParameterStore store = this->store();
  store.load_known(TensorFile::load(checkpoint));
  return store;
}

train::FrozenTeacher Postnas::teacher() const {
  return {space().lower(base_, {.tokens = data().options().tokens}),
          std::make_unique<ParameterStore>(store())};
}

Arch Postnas::arch(const std::vector<std::string>& mixers) const {
  return train::with_mixers(space(), base_, mixers);
}

NetworkSpec Postnas::lower(const Arch& arch) const {
  return space().lower(arch, {.tokens = data().options().tokens});
}

TaskScores Postnas::score(const Arch& arch, const ParameterStore& store) const {
  const NetworkSpec spec = lower(arch);
  TaskScores out{train::language_score(spec, store, text_, session_.threads),
                 train::language_score(spec, store, recall_, session_.threads), std::nullopt};
  if (choices_) out.choices = train::choice_score(spec, store, *choices_, session_.threads);
  return out;
}

bool is_mixer_weight(const supernet::Parameter& parameter) {
  return parameter.name.find(".mixer.") != std::string::npos &&
         parameter.name.find(".mixer.norm.") == std::string::npos;
}

std::string read_entry(const std::string& path, const std::string& key) {
  for (const std::string& line : split(read_file(path), '\n')) {
    if (line.rfind(key + ": ", 0) == 0) return std::string(trim(line.substr(key.size() + 2)));
  }
  throw IoError(str(path, ": has no '", key, "'"));
}

namespace {

std::string figure(double value) { return rounded(value, 6); }

std::vector<std::string> columns(bool choices) {
  std::vector<std::string> out = {"text_loss", "recall_loss", "recall_accuracy"};
  if (choices) out.insert(out.end(), {"choices_loss", "choices_accuracy"});
  return out;
}

}  // namespace

std::vector<std::string> Postnas::score_columns() const { return columns(choices_.has_value()); }

std::vector<std::string> score_fields(const TaskScores& scores) {
  std::vector<std::string> out = {figure(scores.text.loss), figure(scores.recall.loss),
                                  figure(scores.recall.accuracy)};
  if (scores.choices) {
    out.insert(out.end(), {figure(scores.choices->loss), figure(scores.choices->accuracy)});
  }
  return out;
}

std::string score_text(const TaskScores& scores) {
  return str(join(columns(scores.choices.has_value()), ", "), " ",
             join(score_fields(scores), ", "));
}

std::string score_yaml(const TaskScores& scores, const std::string& indent) {
  std::string out;
  const std::vector<std::string> names = columns(scores.choices.has_value()),
                                 values = score_fields(scores);
  for (size_t i = 0; i < names.size(); ++i) out += str(indent, names[i], ": ", values[i], "\n");
  return out;
}

}  // namespace tailor::tools
