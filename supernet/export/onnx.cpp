// A network as an ONNX model.
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <exception>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/metadata.h"
#include "supernet/export/onnx_emitters.h"

namespace tailor {
namespace {

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOpset = 17;
constexpr size_t kMostBytes = (size_t{1} << 31) - 1;  // of a protobuf message

/// A float32 value whose first dimension is the batch, "N".
void set_value(onnx::ValueInfoProto& value, const std::string& name, const Shape& shape) {
  value.set_name(name);
  onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto& dims = *type.mutable_shape();
  dims.add_dim()->set_dim_param("N");
  for (size_t d = 1; d < shape.size(); ++d) dims.add_dim()->set_dim_value(shape[d]);
}

void add_nodes(onnx::GraphProto& proto, const FlatNetwork& network, const TensorFile& weights) {
  OnnxGraph graph(proto);
  std::vector<std::string> values = {graph.fresh_name("input")};
  const std::string output = graph.fresh_name("output");
  // Weights first: they keep their names whatever the nodes are called.
  for (const FlatNode& node : network.nodes) {
    for (const WeightRef& ref : node.node->weights) graph.weight(ref.name, weights.at(ref.name));
  }
  for (const FlatNode& node : network.nodes) {
    const bool last = &node == &network.nodes.back();
    const std::string name = graph.fresh_name(node.node->name);
    values.push_back(last ? output : name);
    OnnxEmitter emitter(graph, network, node, weights, values, name, values.back());
    find_onnx_emitter(node.node->op->kind())(emitter);
  }
}

onnx::ModelProto make_model(const ExportedNetwork& network) {
  const FlatNetwork flat = flatten(network.spec);
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("tailor");
  model.add_opset_import()->set_version(kOpset);
  for (const auto& [key, value] : export_metadata(network)) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name(network.title.empty() ? "network" : network.title);
  set_value(*graph.add_input(), "input", flat.input);
  set_value(*graph.add_output(), "output", network.spec.output());
  add_nodes(graph, flat, network.weights);
  return model;
}

}  // namespace

std::string onnx_bytes(const ExportedNetwork& network) {
  check_weights(network.spec, network.weights);
  const onnx::ModelProto model = make_model(network);
  if (model.ByteSizeLong() > kMostBytes) {
    throw Error(str("export of '", network.title, "': ", model.ByteSizeLong(),
                    " bytes are more than an ONNX file can hold (2 GB)"));
  }
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    throw Error(str("export of '", network.title, "' is not valid ONNX: ", error.what()));
  }
  return model.SerializeAsString();
}

}  // namespace tailor
