// NetworkSpec as JSON: writing, and reading with every shape checked again.
#include "supernet/space/spec_file.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "supernet/space/builder.h"

namespace tailor {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kFormatVersion = 1;
constexpr size_t kMostNodes = 1u << 16;

class AttrWriter : public AttrVisitor {
 public:
  void on(const char* name, int64_t& value) override { out[name] = value; }
  void on(const char* name, double& value) override { out[name] = value; }
  void on(const char* name, std::string& value) override { out[name] = value; }
  void on(const char* name, std::vector<int64_t>& value) override { out[name] = value; }
  Json out = Json::object();
};

class AttrReader : public AttrVisitor {
 public:
  explicit AttrReader(const Json& in) : in_(in) {}
  void on(const char* name, int64_t& value) override { in_.at(name).get_to(value); }
  void on(const char* name, double& value) override { in_.at(name).get_to(value); }
  void on(const char* name, std::string& value) override { in_.at(name).get_to(value); }
  void on(const char* name, std::vector<int64_t>& value) override { in_.at(name).get_to(value); }

 private:
  const Json& in_;
};

Json write_node(const Node& node) {
  AttrWriter attrs;
  node.op->clone()->visit(attrs);
  Json weights = Json::array();
  for (const WeightRef& ref : node.weights) {
    weights.push_back({{"name", ref.name}, {"role", role_name(ref.role)},
                       {"shape", ref.used_shape()}});
  }
  return {{"name", node.name}, {"op", std::string(node.op->kind())}, {"attrs", attrs.out},
          {"inputs", node.inputs}, {"weights", weights}};
}

void read_node(const Json& json, const std::string& block_name, BlockBuilder& block) {
  const std::string name = json.at("name").get<std::string>();
  const std::string prefix = block_name + ".";
  const std::string part = name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
  std::unique_ptr<Op> op = make_op(json.at("op").get<std::string>());
  AttrReader reader(json.at("attrs"));
  op->visit(reader);
  std::vector<Value> inputs;
  for (const Json& input : json.at("inputs")) inputs.push_back({input.get<int>()});
  std::vector<WeightRef> weights;
  for (const Json& w : json.at("weights")) {
    const Shape shape = w.at("shape").get<Shape>();
    for (int64_t size : shape) {
      if (size < 1 || size > (int64_t{1} << 32)) throw ShapeError("weight of size " + str(size));
    }
    weights.push_back(whole_weight(w.at("name"), parse_role(w.at("role")), Init::zeros, shape));
  }
  block.add(name == block_name ? "" : part, std::move(op), inputs, std::move(weights));
}

Shape read_shape(const Json& json) {
  Shape shape = json.get<Shape>();
  double elements = 1;
  for (int64_t size : shape) {
    if (size < 1) throw ShapeError("input of size " + str(size));
    elements *= static_cast<double>(size);
  }
  if (elements > 1e12) throw ShapeError("input " + shape_text(shape) + " is too large");
  return shape;
}

NetworkSpec read_network(const Json& json) {
  if (json.at("format_version").get<int>() != kFormatVersion) {
    throw IoError(str("network format ", json.at("format_version").dump(), " is not ",
                      kFormatVersion));
  }
  NetworkBuilder net(json.at("name").get<std::string>(), {}, nullptr);
  for (const Json& input : json.at("inputs")) net.input(read_shape(input));
  size_t nodes = 0;
  for (const Json& b : json.at("blocks")) {
    const std::string name = b.at("name").get<std::string>();
    nodes += b.at("nodes").size();
    if (nodes > kMostNodes) throw IoError(str("more than ", kMostNodes, " nodes"));
    net.block(name, {}, b.at("inputs").get<std::vector<int>>(), [&](BlockBuilder& block) {
      for (const Json& node : b.at("nodes")) read_node(node, name, block);
    });
  }
  return net.finish();
}

}  // namespace

std::string spec_to_json(const NetworkSpec& spec) {
  Json blocks = Json::array();
  for (const BlockUse& use : spec.blocks) {
    Json nodes = Json::array();
    for (const Node& node : use.block->nodes) nodes.push_back(write_node(node));
    blocks.push_back({{"name", use.block->name}, {"inputs", use.inputs}, {"nodes", nodes}});
  }
  const Json out = {{"format_version", kFormatVersion}, {"name", spec.name},
                    {"inputs", spec.inputs}, {"blocks", blocks}};
  return out.dump();
}

NetworkSpec spec_from_json(const std::string& text, const std::string& name) {
  try {
    return read_network(Json::parse(text));
  } catch (const Json::exception& error) {
    throw IoError(str(name, ": not a network: ", error.what()));
  } catch (const Error& error) {
    throw IoError(str(name, ": not a usable network: ", error.what()));
  }
}

}  // namespace tailor
