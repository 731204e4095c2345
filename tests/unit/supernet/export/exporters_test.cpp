// covers: supernet/export/
#include <set>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/export/onnx_emitters.h"
#include "supernet/export/python_emitters.h"
#include "supernet/export/script_emitters.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("every exporter writes its file, the same each time") {
  const ExportedNetwork network = test::small_export();
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
  CHECK(files == std::set<std::string>{"arch.yaml", "card.md", "model.onnx", "model.py",
                                       "model.safetensors"});
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
    CHECK(find_onnx_emitter(kind) != nullptr);
    CHECK(find_python_emitter(kind) != nullptr);
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
  network.mean.pop_back();
  const ExporterRegistry exporters = builtin_exporters();
  for (const std::string& name : exporters.names()) {
    INFO(name);
    const auto exporter = exporters.create(name, ConfigNode::empty("test"));
    CHECK(error_text<Error>([&] { exporter->bytes(network); }) ==
          "export of 'shoes \"25 ms\"': mean has 2 values for 3 channels");
  }
}
