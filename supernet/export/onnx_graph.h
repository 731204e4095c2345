// An ONNX graph under construction, and what the emitter of one operation sees of it.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "supernet/export/flat_network.h"

namespace onnx {
class GraphProto;
}

namespace tailor {

/// An attribute of an ONNX node.
struct OnnxAttr {
  const char* name;
  std::variant<int64_t, float, std::string, std::vector<int64_t>> value;
};
using OnnxAttrs = std::vector<OnnxAttr>;

/// Adds initializers and nodes. Every name is used once; one that is taken gets a number.
class OnnxGraph {
 public:
  explicit OnnxGraph(onnx::GraphProto& proto) : proto_(proto) {}

  /// A name that nothing has yet: `wanted` or `wanted`_2, ...
  std::string fresh_name(const std::string& wanted);
  /// The initializer of a float32 tensor; made at the first call for `name`.
  std::string weight(const std::string& name, const HostTensor& tensor);
  std::string constant(const std::string& wanted, std::span<const float> values, bool scalar);
  std::string constant(const std::string& wanted, std::span<const int64_t> values);
  /// Empty inputs are optional ones left out.
  void add_node(const char* type, const std::string& name, std::vector<std::string> inputs,
                const std::string& output, const OnnxAttrs& attrs);

 private:
  onnx::GraphProto& proto_;
  std::set<std::string> names_;
  std::map<std::string, std::string> weights_;  // initializer by parameter name
};

/// One node of the network on its way to ONNX. An emitter reads it and ends with result().
class OnnxEmitter {
 public:
  /// values: names of the network's values so far; name, output: of the ONNX node that ends it.
  OnnxEmitter(OnnxGraph& graph, const FlatNetwork& network, const FlatNode& node,
              const TensorFile& weights, const std::vector<std::string>& values, std::string name,
              std::string output)
      : graph_(graph),
        network_(network),
        node_(node),
        weights_(weights),
        values_(values),
        name_(std::move(name)),
        output_(std::move(output)) {}

  template <class T>
  const T& op() const {
    return static_cast<const T&>(*node_.node->op);
  }
  const Shape& output_shape() const { return node_.node->shape; }
  size_t input_count() const { return node_.inputs.size(); }
  const Shape& input_shape(size_t index = 0) const { return network_.shape(node_.inputs[index]); }
  /// Name of an input.
  const std::string& input(size_t index = 0) const { return values_[node_.inputs[index]]; }
  std::vector<std::string> inputs() const;

  const WeightRef* weight_ref(Role role) const { return node_.node->weight(role); }
  /// Name of the weight with this role; empty when the node has none.
  std::string weight(Role role);
  std::string scalar(const std::string& part, double value);
  std::string floats(const std::string& part, const std::vector<float>& values);
  std::string integers(const std::string& part, const std::vector<int64_t>& values);

  /// Adds a node for an intermediate value "<node>/<part>" and returns that value's name.
  std::string step(const std::string& part, const char* type, std::vector<std::string> inputs,
                   const OnnxAttrs& attrs = {});
  /// Adds the node that computes the value of the network's node.
  void result(const char* type, std::vector<std::string> inputs, const OnnxAttrs& attrs = {});

 private:
  std::string part_name(const std::string& part) const { return name_ + "/" + part; }

  OnnxGraph& graph_;
  const FlatNetwork& network_;
  const FlatNode& node_;
  const TensorFile& weights_;
  const std::vector<std::string>& values_;
  std::string name_, output_;
};

}  // namespace tailor
