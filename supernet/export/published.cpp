// Files in the form of a family's authors.
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/metadata.h"
#include "supernet/formats/pth.h"
#include "supernet/formats/published_weights.h"

namespace tailor {
namespace {

void check_published(const ExportedNetwork& network) {
  export_metadata(network);  // throws where the preprocessing does not fit
  if (!network.published_config.empty()) return;
  throw Error(str("export of '", network.title,
                  "': its space has no published form; leave out net_config and run_config"));
}

}  // namespace

std::string published_pth(const ExportedNetwork& network) {
  export_metadata(network);
  return pth_bytes(in_published_names(network.weights, [&](const std::string& name) {
    const auto found = network.published_names.find(name);
    return found == network.published_names.end() ? name : found->second;
  }));
}

std::string published_net_config(const ExportedNetwork& network) {
  check_published(network);
  return network.published_config;
}

std::string published_run_config(const ExportedNetwork& network) {
  check_published(network);
  return published_run_config(network.image_size);
}

std::string published_run_config(int64_t image_size) {
  return nlohmann::json{{"image_size", image_size}}.dump(4) + "\n";
}

}  // namespace tailor
