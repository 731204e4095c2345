// covers: supernet/export/
#include <set>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/onnx_emitters.h"
#include "supernet/export/python_emitters.h"
#include "supernet/export/script_emitters.h"
#include "supernet/formats/pth.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"
#include "tests/support/sequence_ops.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("every exporter writes its file, the same each time") {
  ExportedNetwork network = test::small_export();
  network.published_config = "{}";
  const ExporterRegistry exporters = builtin_exporters();
  std::set<std::string> files;
  for (const std::string& name : exporters.names()) {
    INFO(name);
    const auto exporter = exporters.create(name, ConfigNode::empty("test"));
    files.insert(exporter->file_name());
    const std::string bytes = exporter->bytes(network);
    CHECK_FALSE(bytes.empty());
    CHECK(bytes == exporter->bytes(network));
  }
  CHECK(files == std::set<std::string>{"arch.yaml", "card.md", "model.onnx", "model.pth",
                                       "model.py", "model.safetensors", "net.config",
                                       "run.config"});
}

TEST_CASE("the authors' files are of networks that they can describe") {
  ExportedNetwork network = test::small_export();
  const ExporterRegistry exporters = builtin_exporters();
  for (const std::string name : {"net_config", "run_config"}) {
    const auto exporter = exporters.create(name, ConfigNode::empty("test"));
    CHECK_FALSE(exporter->fits(network));
    CHECK(error_text<Error>([&] { exporter->bytes(network); }) ==
          "export of '" + network.title +
              "': its space has no published form; leave out net_config and run_config");
  }
  CHECK(exporters.create("pth", ConfigNode::empty("test"))->fits(network));
  const std::string some = network.weights.tensors.begin()->first;
  network.published_names[some] = "theirs";
  const TensorFile read = parse_pth(published_pth(network), "model.pth");
  CHECK(read.tensors.contains("theirs"));
  CHECK_FALSE(read.tensors.contains(some));
  CHECK(published_run_config(160) == "{\n    \"image_size\": 160\n}\n");
}

TEST_CASE("an unknown exporter and an unknown option are refused") {
  const ExporterRegistry exporters = builtin_exporters();
  CHECK_THROWS_AS(exporters.create("onxx", ConfigNode::empty("test")), UnknownNameError);
  CHECK_THROWS_AS(exporters.create("onnx", ConfigNode::parse("opset: 3", "test")), ConfigError);
}

TEST_CASE("every operation has its emitters and a sample network") {
  std::set<std::string> sampled;
  for (const auto& [name, spec] : test::operation_networks()) {
    for (const Node& node : spec.blocks[0].block->nodes) sampled.emplace(node.op->kind());
  }
  for (const std::string& kind : op_kinds()) {
    INFO(kind);
    CHECK(find_python_emitter(kind) != nullptr);
    if (test::sequence_ops().contains(kind)) {
      CHECK_THROWS_AS(find_onnx_emitter(kind), Error);
      continue;
    }
    CHECK(find_onnx_emitter(kind) != nullptr);
    CHECK(find_script_emitter(kind) != nullptr);
    CHECK(sampled.contains(kind));
  }
  CHECK(error_text<Error>([] { find_onnx_emitter("warp"); }) ==
        "operation 'warp' has no ONNX emitter; add one to supernet/export/onnx_emitters.cpp");
  CHECK(error_text<Error>([] { find_python_emitter("warp"); }) ==
        "operation 'warp' has no PyTorch emitter; add one to supernet/export/python_emitters.cpp");
  CHECK(error_text<Error>([] { find_script_emitter("warp"); }) ==
        "operation 'warp' has no TorchScript emitter; add one to "
        "supernet/export/script_emitters.cpp");
}

TEST_CASE("no exporter takes preprocessing that does not fit") {
  ExportedNetwork network = test::small_export();
  network.published_config = "{}";
  network.mean.pop_back();
  const ExporterRegistry exporters = builtin_exporters();
  for (const std::string& name : exporters.names()) {
    INFO(name);
    const auto exporter = exporters.create(name, ConfigNode::empty("test"));
    CHECK(error_text<Error>([&] { exporter->bytes(network); }) ==
          "export of 'shoes \"25 ms\"': mean has 2 values for 3 channels");
  }
}
