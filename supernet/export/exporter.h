// Writers of finished networks for other runtimes. Torch-free: weights come as host tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/registry.h"
#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"

namespace tailor {

/// Everything an export carries: the network (its weights whole, see passes.h `standalone`), its
/// values by parameter name, and how an image becomes its input.
struct ExportedNetwork {
  NetworkSpec spec;
  TensorFile weights;
  std::string title;                        ///< folder name and model name
  std::map<std::string, std::string> card;  ///< figures for card.md, in key order
  int64_t image_size = 0;
  int64_t channels = 0;
  std::vector<double> mean, std;  ///< of pixel / 255, per channel
  std::vector<std::string> class_names;
  std::map<std::string, std::string> published_names = {};  ///< of weights; none: our own
  std::string published_config = {};  ///< the family's authors' description; "": none
};

/// ONNX opset 17, IR 8; input "input", output "output", dynamic batch; preprocessing in the
/// metadata. Checked by onnx::checker before it is returned. Throws Error naming an operation
/// without emitter.
std::string onnx_bytes(const ExportedNetwork& network);

/// A plain PyTorch file: `class Network(nn.Module)`, `load(path_to_safetensors)`; needs torch only.
std::string model_py(const ExportedNetwork& network);
/// The same for a network alone: its weights, in a file of these names, are not looked at.
std::string model_py(const NetworkSpec& spec, const std::string& title);

/// The weights that the network uses, with the NetworkSpec (metadata "tailor.network") and the
/// preprocessing, in one safetensors file.
TensorFile network_file(const ExportedNetwork& network);
/// Reads such a file. Throws IoError naming the file and the tensor that is absent, of another
/// shape or not float32.
ExportedNetwork load_network_file(const std::string& path);

/// arch.yaml: the arch as one line and as lists, the preprocessing, the figures.
std::string arch_yaml(const ExportedNetwork& network);
/// card.md: what it is, its figures, its preprocessing, how to run it.
std::string card_markdown(const ExportedNetwork& network);

/// model.pth: the weights under the authors' names where they are known, see pth.h.
std::string published_pth(const ExportedNetwork& network);
/// net.config and run.config, which the authors of Once-for-All put beside them. Throw Error for a
/// network without published_config.
std::string published_net_config(const ExportedNetwork& network);
std::string published_run_config(const ExportedNetwork& network);
std::string published_run_config(int64_t image_size);

/// Writer of one file of an export folder.
class Exporter {
 public:
  virtual ~Exporter() = default;
  /// "model.onnx", ...
  virtual std::string file_name() const = 0;
  /// The file's content. Throws Error for a network it cannot write.
  virtual std::string bytes(const ExportedNetwork& network) const = 0;
  /// Is there such a form of this network? Where not, it is left out unless asked for by name.
  virtual bool fits(const ExportedNetwork&) const { return true; }
};

using ExporterRegistry = Registry<Exporter>;
/// supernet/export/builtin.cpp, the one list of those that need no LibTorch.
ExporterRegistry builtin_exporters();

}  // namespace tailor
