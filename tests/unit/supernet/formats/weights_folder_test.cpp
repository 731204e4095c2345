#include "supernet/formats/weights_folder.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

struct Folder {
  test::TempDir dir;

  void add(const std::string& file, const std::vector<std::string>& tensors) const {
    TensorFile out;
    float value = 1;
    for (const std::string& name : tensors) {
      out.tensors[name] = HostTensor::from_floats({2}, std::vector<float>{value, value + 1});
      value += 2;
    }
    out.save(dir.file(file));
  }
  void index(const std::string& map) const {
    write_file(dir.file("model.safetensors.index.json"), "{\"weight_map\": " + map + "}");
  }
  WeightsFolder open() const { return WeightsFolder(dir.file("")); }
  /// Without the folder's name.
  std::string error() const {
    std::string text;
    try {
      open();
    } catch (const Error& error) {  // ConfigError for the index, IoError for files
      text = error.what();
    }
    const std::string prefix = dir.file("") + "/";
    for (size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }
};

const auto kNothing = [](const std::string&) { return false; };

}  // namespace

TEST_CASE("tensors are found in one file and in several") {
  const Folder folder;
  folder.add("a.safetensors", {"x"});
  folder.add("b.safetensors", {"y", "z"});
  folder.index(R"({"x": "a.safetensors", "y": "b.safetensors", "z": "b.safetensors"})");
  std::vector<float> values(2);
  folder.open().read("z", values);
  CHECK(values == std::vector<float>{3, 4});
  folder.add("model.safetensors", {"w", "z"});
  folder.open().read("w", values);
  CHECK(values == std::vector<float>{1, 2});
  CHECK_THROWS_AS(folder.open().read("x", values), IoError);
}

TEST_CASE("tensors that are missing, misshapen or unknown are named with their file") {
  const Folder folder;
  folder.add("model.safetensors", {"layer.0.weight", "spare"});
  const WeightsFolder files = folder.open();
  const std::string path = folder.dir.file("") + "/model.safetensors";
  const auto check = [&](const std::vector<WantedTensor>& wanted, const auto& leave_out) {
    return error_text<IoError>([&] { files.check(wanted, leave_out); });
  };
  files.check(std::vector<WantedTensor>{{"layer.0.weight", {2}}, {"spare", {2}}}, kNothing);
  files.check(std::vector<WantedTensor>{{"layer.0.weight", {2}}},
              [](const std::string& name) { return name == "spare"; });
  CHECK(check({{"layer.1.weight", {2}}}, kNothing) ==
        path +
            ": has no tensor 'layer.1.weight', which config.json asks for; the nearest is "
            "'layer.0.weight'");
  CHECK(check({{"layer.0.weight", {2, 1}}}, kNothing) ==
        path + ": tensor 'layer.0.weight' is F32 [2], config.json makes it [2, 1]");
  CHECK(check({{"layer.0.weight", {2}}}, kNothing) ==
        path + ": tensor 'spare' is no part of the model that config.json describes");
}

TEST_CASE("an index that its files do not bear out is refused") {
  const Folder folder;
  CHECK(folder.error().find("has neither model.safetensors nor model.safetensors.index.json") !=
        std::string::npos);
  folder.index(R"({"x": "a.safetensors"})");
  CHECK(folder.error() ==
        "a.safetensors: is missing; model.safetensors.index.json has tensor 'x' in it");
  folder.add("a.safetensors", {"y"});
  CHECK(folder.error() ==
        "a.safetensors: has no tensor 'x', which model.safetensors.index.json has in it");
  folder.add("b.safetensors", {"y"});
  folder.index(R"({"x": "a.safetensors", "y": "b.safetensors"})");
  CHECK(folder.error() == "b.safetensors: tensor 'y' is in a.safetensors as well");
  folder.index(R"({"x": "../a.safetensors"})");
  CHECK(folder.error() ==
        "model.safetensors.index.json: weight_map.x: must be a file of the "
        "folder, got '../a.safetensors'");
  folder.index(R"({"x": 3})");
  CHECK(folder.error() == "model.safetensors.index.json: weight_map.x: must be text, got 3");
  folder.index(R"({"x": "a", "x": "b"})");
  CHECK(folder.error() == "model.safetensors.index.json: 'x' is in the file twice");
  folder.index("4");
  CHECK(folder.error() == "model.safetensors.index.json: weight_map: must be an object, got 4");
}
