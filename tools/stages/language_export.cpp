// Config, weights and code of a language model.
#include "tools/stages/language_export.h"

#include <filesystem>

#include "core/file.h"
#include "supernet/export/exporter.h"
#include "supernet/export/language_config.h"
#include "supernet/formats/tokenizer.h"
#include "supernet/space/passes.h"
#include "trainers/language/language_folder.h"

namespace tailor::tools {

std::string export_language_model(const std::string& folder, const SearchSpace& space,
                                  const Arch& arch, const supernet::ParameterStore& store,
                                  const LmConfig* known) {
  const NetworkSpec spec = space.lower(arch);
  LmConfig config = lm_config_of(spec);
  if (known) {
    config.max_positions = known->max_positions;
    config.end_tokens = known->end_tokens;
  }
  train::save_language_folder(folder, config, space, arch, store);
  const auto name_of = [&](const std::string& name) {
    return space.published_subnet_name(arch, name);
  };
  const std::filesystem::path path(folder);
  const std::string title = (path.has_filename() ? path : path.parent_path()).filename().string();
  write_file((path / "model.py").string(), model_py(renamed(standalone(spec), name_of), title));
  return config.model_type;
}

void copy_tokenizer(const std::string& from, const std::string& to) {
  for (const char* name : {kTokenizerFile, "tokenizer_config.json", "special_tokens_map.json",
                           "generation_config.json"}) {
    const std::string file = str(from, "/", name);
    if (file_exists(file)) write_file(str(to, "/", name), read_file(file));
  }
}

}  // namespace tailor::tools
