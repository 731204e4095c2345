// Writers of finished networks for other runtimes. Torch-free: weights come as host tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"

namespace tailor {

/// Everything an export carries: the network (its weights whole, see passes.h `standalone`), its
/// values by parameter name, and how an image becomes its input.
struct ExportedNetwork {
  NetworkSpec spec;
  TensorFile weights;
  std::string title;                      ///< folder name and model name
  std::map<std::string, std::string> card;  ///< figures for card.md, in key order
  int64_t image_size = 0;
  int64_t channels = 0;
  std::vector<double> mean, std;          ///< of pixel / 255, per channel
  std::vector<std::string> class_names;
};

/// ONNX opset 17, IR 8; input "input", output "output", dynamic batch; preprocessing in the
/// metadata. Checked by onnx::checker before it is returned. Throws Error naming an operation
/// without emitter.
std::string onnx_bytes(const ExportedNetwork& network);

/// A plain PyTorch file: `class Network(nn.Module)`, `load(path_to_safetensors)`; needs torch and
/// numpy only.
std::string model_py(const ExportedNetwork& network);

/// weights + the NetworkSpec (metadata "tailor.network") + preprocessing in one safetensors file.
TensorFile network_file(const ExportedNetwork& network);
/// Reads such a file. Throws IoError.
ExportedNetwork load_network_file(const std::string& path);

/// arch.yaml and card.md.
std::string arch_yaml(const ExportedNetwork& network);
std::string card_markdown(const ExportedNetwork& network);

}  // namespace tailor
