// Filling in fields that are absent.
#include "tools/adopted_model.h"

#include "core/file.h"
#include "core/str.h"
#include "supernet/formats/tokenizer.h"

namespace tailor::tools {
namespace {

bool has_path(ConfigNode node, const std::string& path) {
  std::vector<std::string> keys = split(path, '.');
  for (size_t k = 0; k + 1 < keys.size(); ++k) {
    if (!node.has(keys[k])) return false;
    node = node.child(keys[k]);
  }
  return node.has(keys.back());
}

void set_absent(ConfigNode& config, const std::string& path, const std::string& value) {
  if (!has_path(config, path)) config.set(path + "=" + value);
}

}  // namespace

std::string model_folder(const ConfigNode& config) {
  return config.has("space") ? config.child("space").scalar_text("model") : "";
}

std::optional<LmConfig> model_config(const ConfigNode& config) {
  const std::string folder = model_folder(config);
  if (folder.empty()) return std::nullopt;
  return read_lm_config(folder);
}

void adopt_model(ConfigNode& config) {
  const std::optional<LmConfig> model = model_config(config);
  if (!model) return;
  const std::string folder = model_folder(config);
  for (const auto& [path, value] : model->space_fields())
    set_absent(config, "space." + path, value);
  if (config.has("postnas")) set_absent(config, "postnas.base.weights", folder);
  const std::string tokenizer = folder + "/" + kTokenizerFile;
  if (config.has("text") && file_exists(tokenizer)) {
    set_absent(config, "text.tokenizer", tokenizer);
  }
}

}  // namespace tailor::tools
