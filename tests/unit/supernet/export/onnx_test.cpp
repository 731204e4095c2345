#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <map>
#include <set>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/flat_network.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

onnx::ModelProto parse(const std::string& bytes) {
  onnx::ModelProto model;
  REQUIRE(model.ParseFromString(bytes));
  return model;
}

onnx::ModelProto exported(const NetworkSpec& spec) {
  return parse(onnx_bytes(test::with_random_weights(spec, Rng(3))));
}

/// Dimensions, -1 for one without a number.
Shape dims(const onnx::ValueInfoProto& value) {
  Shape shape;
  for (const auto& dim : value.type().tensor_type().shape().dim()) {
    shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
  }
  return shape;
}

}  // namespace

TEST_CASE("a model says its version, its input and output with a free batch") {
  const onnx::ModelProto model = parse(onnx_bytes(test::small_export()));
  CHECK(model.ir_version() == 8);
  REQUIRE(model.opset_import_size() == 1);
  CHECK(model.opset_import(0).version() == 17);
  REQUIRE(model.graph().input_size() == 1);
  CHECK(model.graph().input(0).name() == "input");
  CHECK(model.graph().input(0).type().tensor_type().shape().dim(0).dim_param() == "N");
  CHECK(dims(model.graph().input(0)) == Shape{-1, 3, 28, 28});
  REQUIRE(model.graph().output_size() == 1);
  CHECK(model.graph().output(0).name() == "output");
  CHECK(dims(model.graph().output(0)) == Shape{-1, 7});
}

TEST_CASE("nodes and initializers keep the names of nodes and weights") {
  const ExportedNetwork network = test::small_export();
  const onnx::ModelProto model = parse(onnx_bytes(network));
  std::set<std::string> nodes, initializers;
  for (const auto& node : model.graph().node()) nodes.insert(node.name());
  for (const auto& tensor : model.graph().initializer()) initializers.insert(tensor.name());
  const FlatNetwork flat = flatten(network.spec);
  for (const FlatNode& node : flat.nodes) CHECK(nodes.contains(node.node->name));
  for (const auto& [name, tensor] : network.weights.tensors) CHECK(initializers.contains(name));
}

TEST_CASE("preprocessing is in the metadata") {
  const onnx::ModelProto model = parse(onnx_bytes(test::small_export()));
  std::map<std::string, std::string> metadata;
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  CHECK(metadata["format_version"] == "1");
  CHECK(metadata["tailor.title"] == "shoes \"25 ms\"");
  CHECK(metadata["tailor.arch"].starts_with("ks="));
  CHECK(metadata["tailor.preprocessing"] ==
        "{\"image_size\":28,\"channels\":3,\"mean\":[0.485,0.456,0.406],"
        "\"std\":[0.229,0.224,0.225],\"class_names\":[\"T-shirt/top\",\"caf\u00e9\","
        "\"\\\"quoted\\\"\",\"back\\\\slash\",\"yes\",\"6\",\"7\"]}");
}

TEST_CASE("ONNX's own shape inference agrees with every node's shape") {
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    onnx::ModelProto model = exported(spec);
    // What each node should give, by the value it writes (weights come before and share names).
    const FlatNetwork flat = flatten(spec);
    onnx::ShapeInferenceOptions strict(true, 1, true);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), strict);
    std::map<std::string, Shape> shapes;
    for (const auto& value : model.graph().value_info()) shapes[value.name()] = dims(value);
    for (const FlatNode& node : flat.nodes) {
      const auto found = shapes.find(node.node->name);
      if (found == shapes.end() || name == "hard_names") continue;
      Shape expected = node.node->shape;
      expected[0] = -1;
      CHECK(found->second == expected);
    }
  }
}

TEST_CASE("all names of a graph differ, however the network is named") {
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    const onnx::ModelProto model = exported(spec);
    std::set<std::string> values = {"input"};
    for (const auto& tensor : model.graph().initializer()) {
      CHECK(values.insert(tensor.name()).second);
    }
    std::set<std::string> nodes;
    for (const auto& node : model.graph().node()) {
      CHECK(values.insert(node.output(0)).second);
      CHECK(nodes.insert(node.name()).second);
    }
    CHECK(values.contains("output"));
  }
}

TEST_CASE("nearest is a Resize, or a list of elements where Resize would read others") {
  std::map<std::string, std::string> last_node;
  for (const auto& [name, spec] : test::operation_networks()) {
    if (!name.starts_with("resample_")) continue;
    const onnx::ModelProto model = exported(spec);
    last_node[name] = model.graph().node(model.graph().node_size() - 1).op_type();
  }
  CHECK(last_node.at("resample_nearest_2_1") == "Resize");
  CHECK(last_node.at("resample_nearest_1_2") == "Resize");
  CHECK(last_node.at("resample_bilinear_6_7") == "Resize");
  CHECK(last_node.at("resample_nearest_126_108") == "Gather");
}

TEST_CASE("what cannot be exported is refused") {
  ExportedNetwork network = test::small_export();
  network.weights.source = "weights";
  network.weights.tensors["classifier.linear.bias"] = HostTensor::zeros(DType::f32, {8});
  CHECK(error_text<IoError>([&] { onnx_bytes(network); }) ==
        "weights: tensor 'classifier.linear.bias' is F32 [8], node 'classifier.linear' needs F32 "
        "[7]");
  network.weights.tensors.erase("classifier.linear.bias");
  CHECK(error_text<IoError>([&] {
          onnx_bytes(network);
        }).starts_with("weights: has no tensor 'classifier.linear.bias'"));
  network = test::small_export();
  network.spec.inputs.push_back({1, 3});
  CHECK_THROWS_AS(onnx_bytes(network), Error);
}
