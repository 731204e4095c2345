// Descriptions of layers from lowered networks.
#include "hardware_profiles/published_table.h"

#include <algorithm>

#include "core/config_node.h"
#include "core/error.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/pool.h"

namespace tailor::hw {
namespace {

/// "12x12x40" of a map [1, 40, 12, 12].
std::string size_text(const Shape& s) { return str(s[2], "x", s[3], "x", s[1]); }

const Node* find(const Block& block, const char* kind) {
  for (const Node& node : block.nodes) {
    if (node.op->kind() == kind) return &node;
  }
  return nullptr;
}

const Node* depthwise_of(const Block& block) {
  for (const Node& node : block.nodes) {
    if (node.op->kind() == Conv2d::kKind && static_cast<const Conv2d&>(*node.op).groups > 1) {
      return &node;
    }
  }
  return nullptr;
}

bool uses_h_swish(const Block& block) {
  return std::any_of(block.nodes.begin(), block.nodes.end(), [](const Node& node) {
    return node.op->kind() == Activation::kKind &&
           static_cast<const Activation&>(*node.op).function == "h_swish";
  });
}

}  // namespace

PublishedTable PublishedTable::load(const std::string& path) {
  PublishedTable out;
  out.path_ = path;
  const ConfigNode file = ConfigNode::load(path);
  for (const std::string& key : file.keys()) {
    const ConfigNode entry = file.child(key);
    double mean = 0, other = 0;
    entry.read("mean", mean, {.min = 0, .max = 1e9, .required = true, .doc = "ms"});
    for (const char* field : {"count", "std", "var"}) {
      if (entry.has(field)) entry.read(field, other, {.doc = "of the measurement"});
    }
    entry.finish();
    out.means_[key] = mean;
    if (key.starts_with("expanded_conv") && key.find("-se:") == std::string::npos) {
      out.by_ratio_ = true;
    }
  }
  if (out.means_.empty()) throw IoError(str(path, ": holds no latencies"));
  return out;
}

double PublishedTable::mean(const std::string& key) const {
  const auto found = means_.find(key);
  if (found != means_.end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [each, value] : means_) known.push_back(each);
  const std::string near = nearest(key, known);
  throw Error(str(path_, ": has no latency of '", key, "'",
                  near.empty() ? "" : "; nearest: '" + near + "'"));
}

std::string PublishedTable::bottleneck_key(const Block& block) const {
  const Node& depthwise = *depthwise_of(block);
  const int64_t in = block.inputs[0][1], inner = depthwise.shape[1];
  std::string key =
      str("expanded_conv-input:", size_text(block.inputs[0]), "-output:", size_text(block.output()),
          "-expand:", by_ratio_ ? (inner + in / 2) / in : inner,
          "-kernel:", depthwise.weight(Role::weight)->used_shape()[2],
          "-stride:", static_cast<const Conv2d&>(*depthwise.op).stride,
          "-idskip:", find(block, Add::kKind) ? 1 : 0);
  if (by_ratio_) return key;
  return key +
         str("-se:", find(block, Multiply::kKind) ? 1 : 0, "-hs:", uses_h_swish(block) ? 1 : 0);
}

bool PublishedTable::is_convolution(const Block& block) {
  return !depthwise_of(block) && !find(block, Linear::kKind) && find(block, Conv2d::kKind);
}

double PublishedTable::layer_ms(const Block& block, int convolutions) const {
  Shape in = block.inputs[0];
  if (depthwise_of(block)) return mean(bottleneck_key(block));
  if (find(block, Linear::kKind)) {
    return mean(str("Logits-input:", size_text(in), "-output:", block.output()[1]));
  }
  if (!is_convolution(block)) {
    throw Error(str("block '", block.name, "' is no layer of a published latency table"));
  }
  double sum = 0;
  if (find(block, GlobalAvgPool::kKind)) {
    const Shape pooled = {in[0], in[1], 1, 1};
    sum += mean(str("AvgPool2D-input:", size_text(in), "-output:", size_text(pooled)));
    in = pooled;
  }
  const std::string name = convolutions == 0 ? "Conv" : str("Conv_", convolutions);
  return sum + mean(str(name, "-input:", size_text(in), "-output:", size_text(block.output())));
}

double PublishedTable::latency_ms(const NetworkSpec& network) const {
  double sum = 0;
  int convolutions = 0;
  for (const BlockUse& use : network.blocks) {
    sum += layer_ms(*use.block, convolutions);
    convolutions += is_convolution(*use.block);
  }
  return sum;
}

}  // namespace tailor::hw
