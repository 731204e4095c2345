// NetworkSpec as JSON: writing, and reading with every shape checked again.
#include "supernet/space/spec_file.h"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "supernet/space/builder.h"

namespace tailor {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kFormatVersion = 1;
constexpr size_t kMostNodes = 1u << 13;
constexpr size_t kMostWeights = 16;  // of one node
constexpr int64_t kMostAttribute = (int64_t{1} << 31) - 1;
constexpr int64_t kMostElements = int64_t{1} << 40;

class AttrWriter : public AttrVisitor {
 public:
  void on(const char* name, int64_t& value) override { out[name] = value; }
  void on(const char* name, double& value) override { out[name] = value; }
  void on(const char* name, std::string& value) override { out[name] = value; }
  void on(const char* name, std::vector<int64_t>& value) override { out[name] = value; }
  Json out = Json::object();
};

/// A whole number; the JSON library itself would cut a fraction off.
int64_t whole_number(const Json& json) {
  if (!json.is_number_integer()) throw IoError(str(json.dump(), " is not a whole number"));
  return json.get<int64_t>();
}

std::vector<int64_t> whole_numbers(const Json& json) {
  if (!json.is_array()) throw IoError(str(json.dump(), " is not a list"));
  std::vector<int64_t> out;
  for (const Json& item : json) out.push_back(whole_number(item));
  return out;
}

class AttrReader : public AttrVisitor {
 public:
  explicit AttrReader(const Json& in) : in_(in) {}
  void on(const char* name, int64_t& value) override { value = small(whole_number(find(name))); }
  void on(const char* name, double& value) override { find(name).get_to(value); }
  void on(const char* name, std::string& value) override { find(name).get_to(value); }
  void on(const char* name, std::vector<int64_t>& value) override {
    value = whole_numbers(find(name));
    for (int64_t number : value) small(number);
  }
  /// Throws IoError when the file has attributes that the operation does not know.
  void finish() const {
    if (in_.size() != read_) throw IoError(str("attributes ", in_.dump(), " are not all known"));
  }

 private:
  const Json& find(const char* name) {
    ++read_;
    return in_.at(name);
  }
  static int64_t small(int64_t number) {
    if (std::abs(number) > kMostAttribute)
      throw IoError(str("attribute ", number, " is too large"));
    return number;
  }
  const Json& in_;
  size_t read_ = 0;
};

Json write_node(const Node& node) {
  AttrWriter attrs;
  node.op->clone()->visit(attrs);
  Json weights = Json::array();
  for (const WeightRef& ref : node.weights) {
    weights.push_back(
        {{"name", ref.name}, {"role", role_name(ref.role)}, {"shape", ref.used_shape()}});
  }
  return {{"name", node.name},
          {"op", std::string(node.op->kind())},
          {"attrs", attrs.out},
          {"inputs", node.inputs},
          {"weights", weights}};
}

Shape read_shape(const Json& json) {
  Shape shape = whole_numbers(json);
  for (int64_t size : shape) {
    if (size < 1) throw IoError(str("shape ", shape_text(shape), " has an empty dimension"));
  }
  if (numel(shape) > kMostElements)
    throw IoError(str("shape ", shape_text(shape), " is too large"));
  return shape;
}

/// Numbers of values; too large ones become -1, which no value has.
std::vector<int> read_values(const Json& json) {
  std::vector<int> out;
  for (int64_t value : whole_numbers(json)) {
    out.push_back(value < 0 || value > kMostAttribute ? -1 : static_cast<int>(value));
  }
  return out;
}

void read_node(const Json& json, const std::string& block_name, BlockBuilder& block) {
  const std::string name = json.at("name").get<std::string>();
  const std::string prefix = block_name + ".";
  const std::string part = name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name;
  if (part == name && name != block_name) {
    throw IoError(str("the name does not begin with '", prefix, "'"));
  }
  std::unique_ptr<Op> op = make_op(json.at("op").get<std::string>());
  AttrReader reader(json.at("attrs"));
  op->visit(reader);
  reader.finish();
  std::vector<Value> inputs;
  for (int value : read_values(json.at("inputs"))) inputs.push_back({value});
  std::vector<WeightRef> weights;
  for (const Json& w : json.at("weights")) {
    if (weights.size() == kMostWeights) throw IoError(str("more than ", kMostWeights, " weights"));
    weights.push_back(whole_weight(w.at("name").get<std::string>(),
                                   parse_role(w.at("role").get<std::string>()), Init::zeros,
                                   read_shape(w.at("shape"))));
  }
  block.add(name == block_name ? "" : part, std::move(op), inputs, std::move(weights));
}

/// Runs `read` on one part of the file; what it throws gets the part's place in front.
template <class Read>
void at_place(const std::string& place, const Read& read) {
  try {
    read();
  } catch (const Json::exception& error) {
    throw IoError(str(place, ": ", error.what()));
  } catch (const ShapeError&) {
    throw;  // names its node already
  } catch (const Error& error) {
    throw IoError(str(place, ": ", error.what()));
  }
}

NetworkSpec read_network(const Json& json) {
  if (whole_number(json.at("format_version")) != kFormatVersion) {
    throw IoError(
        str("network format ", json.at("format_version").dump(), " is not ", kFormatVersion));
  }
  NetworkBuilder net(json.at("name").get<std::string>(), {}, nullptr);
  const bool tokens = json.contains("free_dims") && whole_number(json.at("free_dims")) == 2;
  for (const Json& input : json.at("inputs")) {
    const Shape shape = read_shape(input);
    if (tokens && shape.size() == 2) {
      net.token_input(shape[0], shape[1]);
    } else {
      net.input(shape);
    }
  }
  size_t nodes = 0;
  for (const Json& b : json.at("blocks")) {
    const std::string name = b.at("name").get<std::string>();
    nodes += b.at("nodes").size();
    if (nodes > kMostNodes) throw IoError(str("more than ", kMostNodes, " nodes"));
    net.block(name, {}, read_values(b.at("inputs")), [&](BlockBuilder& block) {
      for (size_t n = 0; n < b.at("nodes").size(); ++n) {
        at_place(str("node ", n, " of block '", name, "'"),
                 [&] { read_node(b.at("nodes").at(n), name, block); });
      }
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
  const Json out = {{"format_version", kFormatVersion},
                    {"name", spec.name},
                    {"inputs", spec.inputs},
                    {"free_dims", spec.free_dims},
                    {"blocks", blocks}};
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
