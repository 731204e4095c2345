// arch.yaml and card.md: what the network is, for programs and for people.
#include <yaml-cpp/yaml.h>

#include <type_traits>
#include <utility>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/metadata.h"

namespace tailor {
namespace {

constexpr int kFormatVersion = 1;

/// "ks=5,3 d=2" as {ks: {5, 3}, d: {2}}; empty when the name is not an arch.
std::vector<std::pair<std::string, std::vector<std::string>>> arch_groups(const std::string& name) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const std::string& word : split(name, ' ')) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) return {};
    groups.emplace_back(word.substr(0, equals), split(word.substr(equals + 1), ','));
  }
  return groups;
}

/// Numbers plain, texts in quotes, so that neither is read as the other.
void emit_scalar(YAML::Emitter& out, const std::string& text) {
  double value = 0;
  if (parse_number(text, value)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

template <class Items>
void emit_list(YAML::Emitter& out, const std::string& key, const Items& items) {
  out << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const auto& item : items) {
    if constexpr (std::is_same_v<std::decay_t<decltype(item)>, double>) {
      out << number(item);
    } else {
      emit_scalar(out, item);
    }
  }
  out << YAML::EndSeq;
}

void emit_number(YAML::Emitter& out, const char* key, int64_t value) {
  out << YAML::Key << key << YAML::Value << value;
}

struct Size {
  int64_t macs = 0, params = 0;
};

Size size_of(const NetworkSpec& spec) {
  Size size;
  for (const BlockUse& use : spec.blocks) {
    size.macs += use.block->macs;
    size.params += use.block->params;
  }
  return size;
}

/// Text of a user's inside Markdown: no markup, no line break, no table border.
std::string plain(const std::string& text) {
  static const std::string kSpecial = "\\`*[]<>|&";
  std::string out;
  for (char c : text) {
    if (kSpecial.find(c) != std::string::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

/// Code in a line of Markdown.
std::string code(std::string text) {
  for (char& c : text) {
    if (c == '`') c = '\'';
    if (c == '\n' || c == '\r') c = ' ';
  }
  return "`" + text + "`";
}

std::string figures_table(const ExportedNetwork& network) {
  const Size size = size_of(network.spec);
  std::string out = "| figure | value |\n| --- | --- |\n";
  for (const auto& [name, value] : network.card) {
    out += str("| ", plain(name), " | ", plain(value), " |\n");
  }
  if (!network.card.contains("macs")) out += str("| macs | ", size.macs, " |\n");
  if (!network.card.contains("params")) out += str("| params | ", size.params, " |\n");
  return out;
}

std::string numbers(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (double value : values) texts.push_back(number(value));
  return join(texts, ", ");
}

std::string preprocessing_text(const ExportedNetwork& n) {
  std::string out;
  if (n.image_size > 0) {
    out += str("- image of ", n.image_size, " x ", n.image_size, " pixels, ", n.channels,
               n.channels == 1 ? " channel\n" : " channels\n");
  }
  if (!n.mean.empty()) {
    out += str("- (pixel / 255 - mean) / std, per channel: mean ", numbers(n.mean), "; std ",
               numbers(n.std), "\n");
  }
  if (!n.class_names.empty()) {
    out += "- classes, in the order of the output: ";
    for (size_t i = 0; i < n.class_names.size(); ++i) {
      out += str(i ? ", " : "", i, " ", plain(n.class_names[i]));
    }
    out += "\n";
  }
  return out.empty() ? "- none recorded\n" : out;
}

constexpr const char* kUse = R"(
## Running it

ONNX Runtime (`input` is float32, any batch):

```python
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
(output,) = session.run(["output"], {"input": input})
```

PyTorch (`model.py` and `model.safetensors` in one folder; `python model.py` checks them):

```python
import torch
from model import load

network = load("model.safetensors")
with torch.no_grad():
    output = network(torch.from_numpy(input))
```

tailor (`in.safetensors` holds a tensor `input`; the result is called `output`):

```
tailor infer --weights model.safetensors --input in.safetensors --output out.safetensors
```
)";

}  // namespace

std::string arch_yaml(const ExportedNetwork& network) {
  export_metadata(network);  // checks the preprocessing
  const Size size = size_of(network.spec);
  YAML::Emitter out;
  out << YAML::BeginMap;
  emit_number(out, "format_version", kFormatVersion);
  out << YAML::Key << "title" << YAML::Value << YAML::DoubleQuoted << network.title;
  out << YAML::Key << "arch" << YAML::Value << YAML::DoubleQuoted << network.spec.name;
  const auto groups = arch_groups(network.spec.name);
  if (!groups.empty()) {
    out << YAML::Key << "choices" << YAML::Value << YAML::BeginMap;
    for (const auto& [group, values] : groups) emit_list(out, group, values);
    out << YAML::EndMap;
  }
  emit_number(out, "macs", size.macs);
  emit_number(out, "params", size.params);
  out << YAML::Key << "figures" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, value] : network.card) {
    out << YAML::Key << YAML::DoubleQuoted << name << YAML::Value;
    emit_scalar(out, value);
  }
  out << YAML::EndMap << YAML::Key << "preprocessing" << YAML::Value << YAML::BeginMap;
  emit_number(out, "image_size", network.image_size);
  emit_number(out, "channels", network.channels);
  emit_list(out, "mean", network.mean);
  emit_list(out, "std", network.std);
  out << YAML::Key << "class_names" << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const std::string& name : network.class_names) out << YAML::DoubleQuoted << name;
  out << YAML::EndSeq << YAML::EndMap << YAML::EndMap;
  return str(out.c_str(), "\n");
}

std::string card_markdown(const ExportedNetwork& network) {
  export_metadata(network);  // checks the preprocessing
  std::string out = str("# ", plain(network.title), "\n\nA network found by tailor.\n\n");
  out += str("- arch: ", code(network.spec.name), "\n");
  out += str("- input `input`: float32 ", shape_text(network.spec.inputs.at(0)),
             ", the first dimension is the batch\n");
  out += str("- output `output`: float32 ", shape_text(network.spec.output()), "\n\n");
  out += "## Figures\n\n" + figures_table(network);
  out += "\n## Preprocessing\n\n" + preprocessing_text(network);
  return out + kUse;
}

}  // namespace tailor
