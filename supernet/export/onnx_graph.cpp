// Protobuf side of an ONNX graph: initializers, attributes, nodes.
#include "supernet/export/onnx_graph.h"

#include <onnx/onnx_pb.h>

#include <bit>
#include <utility>

#include "core/error.h"

namespace tailor {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

void add_attribute(onnx::NodeProto& node, const OnnxAttr& attr) {
  onnx::AttributeProto& out = *node.add_attribute();
  out.set_name(attr.name);
  if (const auto* i = std::get_if<int64_t>(&attr.value)) {
    out.set_type(onnx::AttributeProto::INT);
    out.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&attr.value)) {
    out.set_type(onnx::AttributeProto::FLOAT);
    out.set_f(*f);
  } else if (const auto* s = std::get_if<std::string>(&attr.value)) {
    out.set_type(onnx::AttributeProto::STRING);
    out.set_s(*s);
  } else {
    out.set_type(onnx::AttributeProto::INTS);
    for (int64_t value : std::get<std::vector<int64_t>>(attr.value)) out.add_ints(value);
  }
}

template <class T>
void add_initializer(onnx::GraphProto& graph, const std::string& name, int type,
                     std::span<const int64_t> shape, std::span<const T> values) {
  onnx::TensorProto& out = *graph.add_initializer();
  out.set_name(name);
  out.set_data_type(type);
  for (int64_t size : shape) out.add_dims(size);
  out.set_raw_data(values.data(), values.size_bytes());
}

}  // namespace

std::string OnnxGraph::fresh_name(const std::string& wanted) {
  std::string name = wanted;
  for (int copy = 2; !names_.insert(name).second; ++copy) name = str(wanted, "_", copy);
  return name;
}

std::string OnnxGraph::weight(const std::string& name, const HostTensor& tensor) {
  const auto found = weights_.find(name);
  if (found != weights_.end()) return found->second;
  std::string own = fresh_name(name);
  add_initializer<float>(proto_, own, onnx::TensorProto::FLOAT, tensor.shape, tensor.floats());
  weights_.emplace(name, own);
  return own;
}

std::string OnnxGraph::constant(const std::string& wanted, std::span<const float> values,
                                bool scalar) {
  std::string name = fresh_name(wanted);
  const Shape shape = scalar ? Shape{} : Shape{static_cast<int64_t>(values.size())};
  add_initializer<float>(proto_, name, onnx::TensorProto::FLOAT, shape, values);
  return name;
}

std::string OnnxGraph::constant(const std::string& wanted, std::span<const int64_t> values) {
  std::string name = fresh_name(wanted);
  const Shape shape = {static_cast<int64_t>(values.size())};
  add_initializer<int64_t>(proto_, name, onnx::TensorProto::INT64, shape, values);
  return name;
}

void OnnxGraph::add_node(const char* type, const std::string& name, std::vector<std::string> inputs,
                         const std::string& output, const OnnxAttrs& attrs) {
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  onnx::NodeProto& node = *proto_.add_node();
  node.set_name(name);
  node.set_op_type(type);
  for (std::string& input : inputs) node.add_input(std::move(input));
  node.add_output(output);
  for (const OnnxAttr& attr : attrs) add_attribute(node, attr);
}

std::vector<std::string> OnnxEmitter::inputs() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < input_count(); ++i) names.push_back(input(i));
  return names;
}

std::string OnnxEmitter::weight(Role role) {
  const WeightRef* ref = weight_ref(role);
  return ref ? graph_.weight(ref->name, weights_.at(ref->name)) : "";
}

std::string OnnxEmitter::scalar(const std::string& part, double value) {
  const auto single = static_cast<float>(value);
  return graph_.constant(part_name(part), std::span(&single, 1), true);
}

std::string OnnxEmitter::floats(const std::string& part, const std::vector<float>& values) {
  return graph_.constant(part_name(part), values, false);
}

std::string OnnxEmitter::integers(const std::string& part, const std::vector<int64_t>& values) {
  return graph_.constant(part_name(part), values);
}

std::string OnnxEmitter::step(const std::string& part, const char* type,
                              std::vector<std::string> inputs, const OnnxAttrs& attrs) {
  std::string name = graph_.fresh_name(part_name(part));
  graph_.add_node(type, name, std::move(inputs), name, attrs);
  return name;
}

void OnnxEmitter::result(const char* type, std::vector<std::string> inputs,
                         const OnnxAttrs& attrs) {
  graph_.add_node(type, name_, std::move(inputs), output_, attrs);
}

}  // namespace tailor
