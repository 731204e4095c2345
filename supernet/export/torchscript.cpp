// Writing and running TorchScript.
#include "supernet/export/torchscript.h"

#include <sstream>

#include <torch/script.h>

#include "core/error.h"
#include "supernet/export/metadata.h"
#include "supernet/export/python_names.h"
#include "supernet/export/script_emitters.h"
#include "supernet/torch/parameter_store.h"

namespace tailor {
namespace {

using torch::jit::Module;

/// The module at a dotted path below `root`, made with its parents when it is not there.
Module module_at(const Module& root, const std::string& path) {
  Module at = root;
  for (const std::string& part : split(path, '.')) {
    if (!at.hasattr(part)) at.register_module(part, Module("tailor_" + part));
    at = at.attr(part).toModule();
  }
  return at;
}

void register_weights(Module& module, const Node& node, const TensorFile& weights) {
  for (const WeightRef& ref : node.weights) {
    const at::Tensor value = supernet::from_host(weights.tensors.at(ref.name));
    const bool buffer = ref.role == Role::running_mean || ref.role == Role::running_var;
    if (buffer) {
      module.register_buffer(torch_name(ref.role), value);
    } else {
      module.register_parameter(torch_name(ref.role), value, false);
    }
  }
}

/// Puts the weights into `root` and returns the source of its method `forward`.
std::string fill(Module& root, const ExportedNetwork& network) {
  const FlatNetwork flat = flatten(network.spec);
  const std::vector<std::string> variables = variable_names(flat);
  LayerNames names;
  std::string source = "def forward(self, x: Tensor) -> Tensor:\n";
  for (size_t i = 0; i < flat.nodes.size(); ++i) {
    const Node& node = *flat.nodes[i].node;
    const PythonCall call = python_call(flat, flat.nodes[i], variables);
    ScriptCall script{call, ""};
    if (!node.weights.empty()) {
      const LayerNames::Place place = names.place(node, std::string(node.op->kind()));
      Module module = module_at(root, place.path);
      if (place.is_new) register_weights(module, node, network.weights);
      script.module = "self." + place.path;
    }
    source +=
        str("  ", variables[i + 1], " = ", find_script_emitter(node.op->kind())(script), "\n");
  }
  return source + str("  return ", variables.back(), "\n");
}

class TorchScriptExporter : public Exporter {
 public:
  std::string file_name() const override { return "model.ts"; }
  std::string bytes(const ExportedNetwork& network) const override {
    return torchscript_bytes(network);
  }
};

}  // namespace

std::string torchscript_bytes(const ExportedNetwork& network) {
  check_weights(network.spec, network.weights);
  const std::map<std::string, std::string> metadata = export_metadata(network);
  try {
    Module root("Network");
    const std::string source = fill(root, network);
    root.define(source);
    root.eval();
    std::ostringstream out;
    root.save(out, {metadata.begin(), metadata.end()});
    return out.str();
  } catch (const c10::Error& error) {
    throw Error(
        str("TorchScript export of '", network.title, "': ", error.what_without_backtrace()));
  }
}

HostTensor run_torchscript(const std::string& bytes, const HostTensor& input) {
  std::istringstream in(bytes);
  try {
    Module module = torch::jit::load(in);
    at::NoGradGuard no_grad;
    return supernet::to_host(module.forward({supernet::from_host(input)}).toTensor());
  } catch (const c10::Error& error) {
    throw IoError(str("TorchScript file: ", error.what_without_backtrace()));
  }
}

void add_torch_exporters(ExporterRegistry& exporters) {
  exporters.add("torchscript", "TorchScript, for torch.jit.load in C++ and Python",
                [](const ConfigNode& cfg) -> std::unique_ptr<Exporter> {
                  cfg.finish();
                  return std::make_unique<TorchScriptExporter>();
                });
}

}  // namespace tailor
