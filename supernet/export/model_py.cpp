// A network as a plain PyTorch file.
#include <set>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/metadata.h"
#include "supernet/export/python_emitters.h"
#include "supernet/export/python_names.h"
#include "supernet/export/python_sequence.h"
#include "supernet/export/python_text.h"
#include "supernet/ops/embedding.h"

namespace tailor {
namespace {

constexpr size_t kColumns = 100;

constexpr const char* kImports = R"(
import json
import math
import struct
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

)";

constexpr const char* kPreprocess = R"(

def preprocess(images):
    """uint8 images [N, C, H, W] of the right size -> the network's input."""
    mean = torch.tensor(MEAN).view(1, -1, 1, 1)
    std = torch.tensor(STD).view(1, -1, 1, 1)
    return (images.float() / 255 - mean) / std
)";

constexpr const char* kHelpers = R"(

class Group(nn.Module):
    """Layers by name, or by number."""

    def __getitem__(self, number):
        return getattr(self, str(number))


def add(network, name, layer):
    """Puts a layer under a dotted name, so that its parameters are called as in the file."""
    *groups, last = name.split(".")
    for group in groups:
        if not hasattr(network, group):
            network.add_module(group, Group())
        network = getattr(network, group)
    network.add_module(last, layer)


def read_safetensors(path):
    """The float32 tensors of a safetensors file, by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: tensor {name!r} is {entry['dtype']}, not F32")
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data[begin:end], dtype=torch.float32)
        tensors[name] = values.reshape(entry["shape"])
    return tensors

)";

constexpr const char* kLoad = R"(

def load(path):
    """The network with the weights of a safetensors file, ready to run."""
    tensors = read_safetensors(path)
    network = Network()
    for name, value in network.state_dict().items():
        if name.endswith(".num_batches_tracked"):
            continue  # a counter of training steps, which files of finished networks leave out
        stored = tensors[NAME_IN_FILE]
        if stored.shape != value.shape:
            raise ValueError(f"{path}: {name} is {tuple(stored.shape)}, not {tuple(value.shape)}")
        value.copy_(stored)
    return network.eval()


def main():
    """Self-check: the output for a fixed input."""
    path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("model.safetensors")
    count = math.prod(INPUT_SHAPE)
    example = EXAMPLE
    with torch.no_grad():
        output = load(path)(example.reshape(INPUT_SHAPE))
    print("output", tuple(output.shape), [round(value, 5) for value in output.flatten().tolist()])


if __name__ == "__main__":
    main()
)";

/// The two methods of class Network, built side by side, and the helpers that they call.
struct Methods {
  std::string init, forward, helpers;
};

/// Adds the definition of a helper that is not there yet.
void add_helper(const std::string& name, std::set<std::string>& there, Methods& out) {
  if (name.empty() || !there.insert(name).second) return;
  out.helpers += str("\n", python_helper(name));
}

std::string batch_shape(const Shape& shape) {
  return str("[N", shape.size() > 1 ? ", " : "", join(Shape(shape.begin() + 1, shape.end()), ", "),
             "]");
}

std::string block_title(const FlatNetwork& network, const FlatNode& first) {
  const std::string in =
      first.inputs.empty() ? "" : batch_shape(network.shape(first.inputs[0])) + " -> ";
  return str("        # ", python_escape(first.block->name), ": ", in,
             batch_shape(first.block->output()), "\n");
}

std::string add_line(const std::string& path, const std::string& code) {
  const std::string start = str("        add(self, ", python_string(path), ",");
  const bool fits = start.size() + code.size() + 2 <= kColumns;
  return str(start, fits ? " " : "\n            ", code, ")\n");
}

Methods write_methods(const FlatNetwork& network, LayerNames& names) {
  const std::vector<std::string> variables = variable_names(network);
  Methods out;
  std::set<std::string> helpers;
  const Block* block = nullptr;
  bool layers_titled = false;
  for (size_t i = 0; i < network.nodes.size(); ++i) {
    const FlatNode& node = network.nodes[i];
    if (node.block != block) {
      out.forward += block_title(network, node);
      layers_titled = false;
    }
    block = node.block;
    const PythonCall call = python_call(network, node, variables);
    PythonCode code = find_python_emitter(node.node->op->kind())(call);
    add_helper(code.helper, helpers, out);
    if (!code.layer.empty()) {
      const LayerNames::Place place = names.place(*node.node, code.layer);
      if (place.is_new && !layers_titled) {
        out.init += str("        # ", python_escape(block->name), "\n");
        layers_titled = true;
      }
      if (place.is_new) out.init += add_line(place.path, code.layer);
      code.expression = str(attribute_text(place.path), "(", join(call.args, ", "), ")");
    }
    const std::string& variable = variables[i + 1];
    if (code.expression != variable) {
      out.forward += str("        ", variable, " = ", code.expression, "\n");
    }
  }
  out.forward += str("        return ", variables.back(), "\n");
  return out;
}

std::string constants(const ExportedNetwork& network) {
  std::vector<std::string> mean, std, classes;
  for (double value : network.mean) mean.push_back(number(value));
  for (double value : network.std) std.push_back(number(value));
  for (const std::string& name : network.class_names) classes.push_back(python_string(name));
  std::string out = str("INPUT_SHAPE = ", python_tuple(network.spec.inputs[0]),
                        "  # batch first; any batch will do\n");
  if (network.image_size > 0) out += str("IMAGE_SIZE = ", network.image_size, "\n");
  if (!mean.empty()) out += python_list("MEAN", mean) + python_list("STD", std);
  if (!classes.empty()) out += python_list("CLASS_NAMES", classes);
  return out;
}

std::string renamed_table(const LayerNames& names) {
  if (names.renamed().empty()) return "";
  std::string out =
      "\n# Names in the file of parameters that cannot be called the same here.\n"
      "NAMES_IN_FILE = {\n";
  for (const auto& [name, in_file] : names.renamed()) {
    out += str("    ", python_string(name), ": ", python_string(in_file), ",\n");
  }
  return out + "}\n";
}

/// The text with the first `mark` replaced.
std::string filled(std::string text, const std::string& mark, const std::string& with) {
  return text.replace(text.find(mark), mark.size(), with);
}

/// Rows of the table that the input's numbers look up; 0 where it is an image.
int64_t vocabulary(const FlatNetwork& network) {
  for (const FlatNode& node : network.nodes) {
    if (node.node->op->kind() == Embedding::kKind)
      return node.node->weight(Role::weight)->used_shape()[0];
  }
  return 0;
}

std::string load_function(const FlatNetwork& network, const LayerNames& names) {
  const int64_t tokens = vocabulary(network);
  const std::string text = filled(
      kLoad, "NAME_IN_FILE", names.renamed().empty() ? "name" : "NAMES_IN_FILE.get(name, name)");
  return filled(text, "EXAMPLE",
                tokens > 0 ? str("torch.arange(count) % ", tokens)
                           : std::string("torch.linspace(-1, 1, count)"));
}

std::string write_model(const ExportedNetwork& network) {
  const FlatNetwork flat = flatten(network.spec);
  LayerNames names(true);
  const Methods methods = write_methods(flat, names);
  std::string out = str(
      "\"\"\"", python_escape(network.title),
      ": a network found by tailor, as plain PyTorch.\n\nArch: ", python_escape(network.spec.name),
      "\nCalled as a program it runs a fixed input through the weights beside "
      "it.\n\"\"\"\n");
  out += kImports + constants(network) + renamed_table(names);
  if (!network.mean.empty()) out += kPreprocess;
  out += kHelpers + methods.helpers;
  out += "\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n";
  out += methods.init + "\n    def forward(self, x):\n" + methods.forward;
  return out + load_function(flat, names);
}

}  // namespace

std::string model_py(const ExportedNetwork& network) {
  check_weights(network.spec, network.weights);
  export_metadata(network);  // checks the preprocessing
  return write_model(network);
}

std::string model_py(const NetworkSpec& spec, const std::string& title) {
  ExportedNetwork network;
  network.spec = spec;
  network.title = title;
  return write_model(network);
}

}  // namespace tailor
