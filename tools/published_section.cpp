// Reading published estimators.
#include "tools/published_section.h"

#include "core/str.h"
#include "predictors/published.h"
#include "supernet/formats/pth.h"

namespace tailor::tools {
namespace {

std::unique_ptr<Estimator> read_accuracy(const ConfigNode& cfg, const SearchSpace& space) {
  std::string file;
  predict::PublishedEncoding encoding{.parts = {"ks", "e", "r"}, .resolutions = {}};
  cfg.read("file", file,
           {.required = true, .doc = "accuracy predictor of Once-for-All, .pth or .safetensors"});
  cfg.read("parts", encoding.parts,
           {.choices = {"e", "ks", "r", "stem", "w"},
            .doc = "its inputs in order: groups of the arch, r for the image size"});
  cfg.read("resolutions", encoding.resolutions,
           {.min = 1, .max = 4096, .required = true, .doc = "image sizes it knows, in its order"});
  cfg.finish();
  if (cfg.recording()) return nullptr;
  return std::make_unique<predict::PublishedAccuracy>(space, read_weights_file(file),
                                                      std::move(encoding));
}

std::unique_ptr<Estimator> read_latency(const ConfigNode& cfg, const SearchSpace& space) {
  std::map<int64_t, hw::PublishedTable> tables;
  const ConfigNode files = cfg.child("tables", "image size -> latency table, as published");
  for (const std::string& key : files.keys()) {
    int64_t resolution = 0;
    std::string path;
    if (!parse_number(key, resolution)) files.fail(key, "must be an image size");
    files.read(key, path, {.required = true, .doc = "YAML of the published form"});
    tables.emplace(resolution, hw::PublishedTable::load(path));
  }
  cfg.finish();
  if (tables.empty() && !cfg.recording()) cfg.fail("tables", "must hold at least one table");
  return std::make_unique<predict::PublishedLatency>(space, std::move(tables));
}

}  // namespace

PublishedSection PublishedSection::read(const ConfigNode& cfg, const SearchSpace& space) {
  PublishedSection out;
  if (cfg.has("accuracy") || cfg.recording()) {
    out.accuracy = read_accuracy(cfg.child("accuracy", "a published predictor"), space);
  }
  if (cfg.has("latency_ms") || cfg.recording()) {
    out.latency = read_latency(cfg.child("latency_ms", "published latency tables"), space);
  }
  cfg.finish();
  return out;
}

}  // namespace tailor::tools
