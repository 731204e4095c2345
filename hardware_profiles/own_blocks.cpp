// Described blocks as networks.
#include "hardware_profiles/own_blocks.h"

#include <map>
#include <set>
#include <utility>

#include "core/error.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/space/builder.h"

namespace tailor::hw {
namespace {

constexpr double kMostSize = 1 << 20;  // of a dimension or an attribute
constexpr size_t kMostNodes = 4096;
constexpr const char* kInput = "input";

/// Reads an operation's attributes as fields of a config; their defaults are the operation's.
class ConfigAttributes : public AttrVisitor {
 public:
  explicit ConfigAttributes(const ConfigNode& config) : config_(config) {}
  void on(const char* name, int64_t& value) override {
    config_.read(name, value, {.min = -1, .max = kMostSize});
  }
  void on(const char* name, double& value) override {
    config_.read(name, value, {.min = -kMostSize, .max = kMostSize});
  }
  void on(const char* name, std::string& value) override { config_.read(name, value, {}); }
  void on(const char* name, std::vector<int64_t>& value) override {
    config_.read(name, value, {.min = -1, .max = kMostSize});
  }

 private:
  const ConfigNode& config_;
};

class OwnBlock {
 public:
  OwnBlock(BlockBuilder& block, const ConfigNode& config) : block_(block), config_(config) {
    values_[kInput] = block.input();
    latest_ = block.input();
  }

  void add_nodes() {
    const std::vector<ConfigNode> nodes = config_.children("nodes", "operations, in order");
    if (nodes.empty()) config_.fail("nodes", "must hold at least one operation");
    if (nodes.size() > kMostNodes) config_.fail("nodes", str("must be at most ", kMostNodes));
    for (const ConfigNode& node : nodes) add_node(node);
  }

 private:
  void add_node(const ConfigNode& node) {
    std::string kind;
    node.read("op", kind, {.choices = op_kinds(), .required = true, .doc = "the operation"});
    std::string name = str(kind, "_", ++count_);
    node.read("name", name, {.doc = "for other nodes' inputs"});
    const std::vector<Value> inputs = read_inputs(node);
    std::unique_ptr<Op> op = make_op(kind);
    std::vector<WeightRef> weights = read_weights(node, name, *op, block_.shape(inputs[0]));
    ConfigAttributes attributes(node);
    op->visit(attributes);
    if (kind == Conv2d::kKind) divide_among_groups(node, static_cast<Conv2d&>(*op), weights[0]);
    node.finish();
    try {
      latest_ = block_.add(name, std::move(op), inputs, std::move(weights));
    } catch (const ShapeError& error) {
      node.fail("", error.what());
    }
    if (!values_.emplace(name, latest_).second) {
      node.fail("name", str("'", name, "' is another node's already"));
    }
  }

  std::vector<Value> read_inputs(const ConfigNode& node) const {
    std::vector<std::string> names;
    node.read("inputs", names, {.doc = "nodes it reads; absent: the one above"});
    if (names.empty()) return {latest_};
    std::vector<Value> out;
    for (const std::string& name : names) {
      const auto found = values_.find(name);
      if (found == values_.end()) node.fail("inputs", unknown_input(name));
      out.push_back(found->second);
    }
    return out;
  }

  std::string unknown_input(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& [each, value] : values_) known.push_back(each);
    return str("no node above is called '", name, "'; known: ", join(known, ", "));
  }

  WeightRef weight(const std::string& node, Role role, const Shape& shape) const {
    return whole_weight(block_.full_name(node) + "." + role_name(role), role, Init::ones, shape);
  }

  std::vector<WeightRef> read_weights(const ConfigNode& config, const std::string& name, Op& op,
                                      const Shape& input) const {
    if (op.kind() == Conv2d::kKind) {
      int64_t kernel = 1;
      config.read("kernel", kernel, {.min = 1, .max = 64, .required = true});
      static_cast<Conv2d&>(op).padding = kernel / 2;
      return matrix(config, name, {input.size() > 1 ? input[1] : 1, kernel, kernel});
    }
    if (op.kind() == Linear::kKind) return matrix(config, name, {input.back()});
    const bool batch = op.kind() == BatchNorm::kKind;
    const Shape width = {batch && input.size() > 1 ? input[1] : input.back()};
    std::vector<Role> roles;
    if (batch) roles = {Role::scale, Role::shift, Role::running_mean, Role::running_var};
    if (op.kind() == LayerNorm::kKind) roles = {Role::scale, Role::shift};
    if (op.kind() == RmsNorm::kKind) roles = {Role::scale};
    std::vector<WeightRef> out;
    for (const Role role : roles) out.push_back(weight(name, role, width));
    return out;
  }

  /// A weight [out, ...rest], and a bias where the config wants one.
  std::vector<WeightRef> matrix(const ConfigNode& config, const std::string& name,
                                const Shape& rest) const {
    int64_t out = 0;
    bool bias = false;
    config.read("out", out,
                {.min = 1, .max = kMostSize, .required = true, .doc = "channels it makes"});
    config.read("bias", bias, {});
    Shape shape = {out};
    shape.insert(shape.end(), rest.begin(), rest.end());
    std::vector<WeightRef> weights = {weight(name, Role::weight, shape)};
    if (bias) weights.push_back(weight(name, Role::bias, {out}));
    return weights;
  }

  /// The weight was made for one group.
  static void divide_among_groups(const ConfigNode& config, const Conv2d& conv, WeightRef& weight) {
    const int64_t channels = weight.used_shape()[1];
    if (conv.groups < 1 || channels % conv.groups != 0) {
      config.fail("groups", str("must divide the input's ", channels, " channels"));
    }
    weight.dims[1] = {.full = channels / conv.groups, .count = channels / conv.groups};
  }

  BlockBuilder& block_;
  const ConfigNode& config_;
  std::map<std::string, Value> values_;
  Value latest_;
  int64_t count_ = 0;
};

NetworkSpec read_block(const ConfigNode& config, const Workload& workload,
                       std::set<std::string>& names) {
  std::string name;
  std::vector<int64_t> input;
  config.read("name", name, {.required = true, .doc = "of the block, in tables and reports"});
  config.read(
      "input", input,
      {.min = 1, .max = kMostSize, .required = true, .doc = "shape it reads: [N, C, H, W]"});
  if (name.empty() || !names.insert(name).second) {
    config.fail("name", "must be there, and another one for every block");
  }
  if (input.empty() || input[0] != workload.batch) {
    config.fail("input", str("must begin with the batch that the device runs, ", workload.batch));
  }
  NetworkBuilder net(name, workload, nullptr);
  const int x = net.input(input);
  net.block(name, {}, {x}, [&](BlockBuilder& block) { OwnBlock(block, config).add_nodes(); });
  config.finish();
  return net.finish();
}

}  // namespace

std::vector<NetworkSpec> read_own_blocks(const ConfigNode& profile, const Workload& workload) {
  std::vector<NetworkSpec> out;
  std::set<std::string> names;
  for (const ConfigNode& config : profile.children("blocks", "blocks of your own to measure")) {
    if (profile.recording()) {
      std::string text;
      std::vector<int64_t> sizes;
      config.read("name", text, {.required = true, .doc = "of the block, in tables and reports"});
      config.read("input", sizes, {.required = true, .doc = "shape it reads: [N, C, H, W]"});
      for (const ConfigNode& node : config.children("nodes", "operations, in order")) {
        node.read("op", text, {.choices = op_kinds(), .required = true, .doc = "the operation"});
      }
      continue;
    }
    out.push_back(read_block(config, workload, names));
  }
  return out;
}

}  // namespace tailor::hw
