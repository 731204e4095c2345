// Network files: safetensors whose metadata holds the network, so that they need no family.
#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/flat_network.h"
#include "supernet/export/metadata.h"
#include "supernet/space/spec_file.h"

namespace tailor {
namespace {

constexpr const char* kNetworkKey = "tailor.network";

}  // namespace

TensorFile network_file(const ExportedNetwork& network) {
  check_weights(network.spec, network.weights);
  TensorFile file;
  file.source = network.title;
  for (const BlockUse& use : network.spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        file.tensors.emplace(ref.name, network.weights.at(ref.name));
      }
    }
  }
  file.metadata = export_metadata(network);
  file.metadata[kNetworkKey] = spec_to_json(network.spec);
  return file;
}

ExportedNetwork load_network_file(const std::string& path) {
  ExportedNetwork network;
  network.weights = TensorFile::load(path);
  const auto& metadata = network.weights.metadata;
  const auto spec = metadata.find(kNetworkKey);
  if (spec == metadata.end()) {
    throw IoError(str(path, ": has no '", kNetworkKey,
                      "' in its metadata: it holds weights, but not the network they belong to"));
  }
  read_metadata(metadata, path, network);
  network.spec = spec_from_json(spec->second, path);
  check_weights(network.spec, network.weights);
  network.weights.metadata.clear();
  return network;
}

}  // namespace tailor
