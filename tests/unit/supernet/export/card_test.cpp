#include <yaml-cpp/yaml.h>

#include "core/error.h"
#include "supernet/export/exporter.h"
#include "tests/support/catch.h"
#include "tests/support/export_samples.h"

using namespace tailor;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("arch.yaml holds the arch as a line and as lists") {
  const ExportedNetwork network = test::small_export();
  const YAML::Node yaml = YAML::Load(arch_yaml(network));
  CHECK(yaml["format_version"].as<int>() == 1);
  CHECK(yaml["title"].as<std::string>() == network.title);
  CHECK(yaml["arch"].as<std::string>() == network.spec.name);
  CHECK(yaml["choices"]["d"].as<std::vector<int>>() == std::vector<int>{2, 2, 2});
  CHECK(yaml["choices"]["r"].as<std::vector<int>>() == std::vector<int>{28});
  CHECK(yaml["choices"]["ks"].size() == 6);
  int64_t macs = 0;
  for (const BlockUse& use : network.spec.blocks) macs += use.block->macs;
  CHECK(yaml["macs"].as<int64_t>() == macs);
}

TEST_CASE("arch.yaml holds figures and preprocessing; texts are never read as something else") {
  const ExportedNetwork network = test::small_export();
  const std::string text = arch_yaml(network);
  const YAML::Node yaml = YAML::Load(text);
  CHECK(yaml["figures"]["accuracy"].as<double>() == 0.912);
  CHECK(yaml["figures"]["device"].as<std::string>() == "a | b");
  const YAML::Node preprocessing = yaml["preprocessing"];
  CHECK(preprocessing["image_size"].as<int>() == 28);
  CHECK(preprocessing["channels"].as<int>() == 3);
  CHECK(preprocessing["mean"].as<std::vector<double>>() == network.mean);
  CHECK(preprocessing["std"].as<std::vector<double>>() == network.std);
  CHECK(preprocessing["class_names"].as<std::vector<std::string>>() == network.class_names);
  CHECK(holds(text, "\"yes\""));
  CHECK(holds(text, "\"6\""));
}

TEST_CASE("a network without an arch has no choices") {
  ExportedNetwork network = test::small_export();
  network.spec.name = "a file of mine";
  const YAML::Node yaml = YAML::Load(arch_yaml(network));
  CHECK(yaml["arch"].as<std::string>() == "a file of mine");
  CHECK_FALSE(yaml["choices"].IsDefined());
}

TEST_CASE("the card says what the network is and how to run it") {
  const std::string card = card_markdown(test::small_export());
  CHECK(card.starts_with("# shoes \"25 ms\"\n"));
  CHECK(holds(card, "| accuracy | 0.912 |\n"));
  CHECK(holds(card, "| macs | "));
  CHECK(holds(card, "input `input`: float32 [1, 3, 28, 28]"));
  CHECK(holds(card, "mean 0.485, 0.456, 0.406; std 0.229, 0.224, 0.225"));
  CHECK(holds(card, "InferenceSession(\"model.onnx\")"));
  CHECK(holds(card, "from model import load"));
  CHECK(holds(card, "tailor infer --weights model.safetensors"));
}

TEST_CASE("texts of the user stay text in the card") {
  ExportedNetwork network = test::small_export();
  network.title = "<b>x</b>\n# y";
  network.card["device"] = "a | b\n| c";
  network.spec.name = "`code`\n# z";
  const std::string card = card_markdown(network);
  CHECK(card.starts_with("# \\<b\\>x\\</b\\> # y\n"));
  CHECK(holds(card, "| device | a \\| b \\| c |\n"));
  CHECK(holds(card, "- arch: `'code' # z`\n"));
}

TEST_CASE("without preprocessing the card says so") {
  const auto space = test::small_resnet();
  const auto network = test::with_random_weights(space->lower(space->smallest()), Rng(7));
  CHECK(holds(card_markdown(network), "## Preprocessing\n\n- none recorded\n"));
}
