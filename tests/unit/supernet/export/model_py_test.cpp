#include "core/error.h"
#include "supernet/export/exporter.h"
#include "supernet/ops/activation.h"
#include "supernet/space/builder.h"
#include "tests/support/catch.h"
#include "tests/support/export_samples.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string code_of(const std::string& sample) {
  for (const auto& [name, spec] : test::operation_networks()) {
    if (name == sample) return model_py(test::with_random_weights(spec, Rng(5)));
  }
  throw Error("no sample " + sample);
}

}  // namespace

TEST_CASE("layers are written block by block under the names of their weights") {
  const std::string text = model_py(test::small_export());
  CHECK(holds(text, R"(        # stem
        add(self, "stem.conv", nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False))
        add(self, "stem.bn", nn.BatchNorm2d(8, eps=1e-05, momentum=0.1))
        # first
)"));
  CHECK(holds(text, R"(        # stem: [N, 3, 28, 28] -> [N, 8, 14, 14]
        x = self.stem.conv(x)
        x = self.stem.bn(x)
        x = F.hardswish(x)
)"));
  CHECK(holds(text, "        add(self, \"classifier.linear\", nn.Linear(24, 7))\n"));
  CHECK_FALSE(holds(text, "NAMES_IN_FILE"));
}

TEST_CASE("a residual keeps its value in a variable of its own") {
  CHECK(holds(code_of("add_2"), "        y = F.relu(x)\n        x = y + x\n        return x\n"));
  CHECK(holds(code_of("multiply_gate"), R"(        y = x.mean((2, 3), keepdim=True)
        y = F.hardsigmoid(y)
        x = x * y
)"));
}

TEST_CASE("preprocessing is written with all texts escaped") {
  const std::string text = model_py(test::small_export());
  CHECK(text.starts_with("\"\"\"shoes \\\"25 ms\\\": a network found by tailor"));
  CHECK(holds(text, "MEAN = [0.485, 0.456, 0.406]\nSTD = [0.229, 0.224, 0.225]\n"));
  CHECK(holds(text, R"("T-shirt/top", "caf\xe9", "\"quoted\"", "back\\slash")"));
  CHECK(holds(text, "def preprocess(images):"));
  CHECK_FALSE(holds(code_of("add_2"), "def preprocess"));
}

TEST_CASE("hostile texts stay inside their strings and comments") {
  ExportedNetwork network = test::small_export();
  const std::string attack = "\"\"\"\nimport os\nos.abort()\n#";
  network.title = attack;
  network.class_names = {attack};
  network.spec.name = attack;
  const std::string text = model_py(network);
  CHECK_FALSE(holds(text, "\nimport os"));
  CHECK_FALSE(holds(text, "\nos.abort"));
  NetworkBuilder net("n", {}, nullptr);
  net.block(attack, {}, {net.input({1, 4})}, [](BlockBuilder& b) {
    b.add("act", std::make_shared<Activation>("relu"), {b.input()});
  });
  CHECK_FALSE(holds(model_py(test::with_random_weights(net.finish(), Rng(6))), "\nimport os"));
}

TEST_CASE("one layer used twice is made once; one weight in two layers gets a second name") {
  const std::string twice = code_of("one_layer_twice");
  CHECK(holds(twice, "        add(self, \"shared\", nn.Linear(4, 4))\n\n"));
  CHECK(holds(twice, "        x = self.shared(x)\n        x = self.shared(x)\n"));
  const std::string two = code_of("one_weight_two_layers");
  CHECK(holds(two,
              "    \"layer1.bias\": \"other.bias\",\n    \"layer1.weight\": "
              "\"shared.weight\",\n"));
  CHECK(holds(two, "tensors[NAMES_IN_FILE.get(name, name)]"));
}

TEST_CASE("layers by number, and what PyTorch lacks, once") {
  const auto space = test::space_of(test::kTinyLanguage);
  const NetworkSpec spec =
      space->lower(space->parse("mixer=gdn,swa,gdn heads=2,2,2 dk=8,8,8 dv=8,8,8"));
  const std::string text = model_py(test::with_random_weights(spec, Rng(7)));
  CHECK(holds(text, "add(self, \"layers.0.mixer.gdn.q_proj\", nn.Linear(16, "));
  CHECK(holds(text, " = self.layers[0].mixer.gdn.q_proj("));
  CHECK(holds(text, "example = torch.arange(count) % 256\n"));
  CHECK(holds(text, ", window=5)"));
  for (const std::string part : {"def rotary(", "class CausalConv(", "def gated_delta_rule("}) {
    INFO(part);
    const size_t at = text.find(part);
    CHECK(at != std::string::npos);
    CHECK(text.find(part, at + 1) == std::string::npos);
  }
  CHECK_FALSE(holds(text, "DynamicCausalConv"));
}

TEST_CASE("no line is longer than 100 columns but for long names") {
  const std::string text = model_py(test::small_export());
  for (const std::string& line : split(text, '\n')) {
    INFO(line);
    CHECK((line.size() <= 100 || line.starts_with("Arch: ")));
  }
}
