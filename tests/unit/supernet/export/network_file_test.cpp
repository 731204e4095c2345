#include "core/error.h"
#include "core/file.h"
#include "supernet/export/exporter.h"
#include "supernet/space/spec_file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/export_samples.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

/// The error of loading a file that `damage` has changed; "F" stands for the file's path.
template <class Damage>
std::string load_error(const Damage& damage) {
  const test::TempDir dir;
  const std::string path = dir.file("n.safetensors");
  TensorFile file = network_file(test::small_export());
  damage(file);
  file.save(path);
  std::string text = error_text<IoError>([&] { load_network_file(path); });
  if (text.starts_with(path)) text.replace(0, path.size(), "F");
  return text;
}

}  // namespace

TEST_CASE("a network file gives back the whole network") {
  const test::TempDir dir;
  const ExportedNetwork network = test::small_export();
  network_file(network).save(dir.file("n.safetensors"));
  const ExportedNetwork back = load_network_file(dir.file("n.safetensors"));
  CHECK(spec_to_json(back.spec) == spec_to_json(network.spec));
  CHECK(back.title == network.title);
  CHECK(back.card == network.card);
  CHECK(back.image_size == 28);
  CHECK(back.channels == 3);
  CHECK(back.mean == network.mean);
  CHECK(back.std == network.std);
  CHECK(back.class_names == network.class_names);
  REQUIRE(back.weights.tensors.size() == network.weights.tensors.size());
  for (const auto& [name, tensor] : network.weights.tensors) {
    CHECK(back.weights.at(name).shape == tensor.shape);
    CHECK(back.weights.at(name).bytes == tensor.bytes);
  }
  CHECK(network_file(back).serialize() == network_file(network).serialize());
}

TEST_CASE("every operation comes back from its file") {
  const test::TempDir dir;
  for (const auto& [name, spec] : test::operation_networks()) {
    INFO(name);
    const ExportedNetwork network = test::with_random_weights(spec, Rng(4));
    network_file(network).save(dir.file("n.safetensors"));
    const ExportedNetwork back = load_network_file(dir.file("n.safetensors"));
    CHECK(onnx_bytes(back) == onnx_bytes(network));
  }
}

TEST_CASE("only weights that the network uses are written") {
  ExportedNetwork network = test::small_export();
  network.weights.tensors["leftover"] = HostTensor::zeros(DType::i64, {2});
  network.weights.metadata["note"] = "of the supernet";
  const TensorFile file = network_file(network);
  CHECK_FALSE(file.tensors.contains("leftover"));
  CHECK_FALSE(file.metadata.contains("note"));
}

TEST_CASE("a tensor that does not fit is named with its file") {
  CHECK(load_error([](TensorFile& file) {
          file.tensors["stem.bn.bias"] = HostTensor::zeros(DType::f32, {9});
        }) == "F: tensor 'stem.bn.bias' is F32 [9], node 'stem.bn' needs F32 [8]");
  CHECK(load_error([](TensorFile& file) {
          file.tensors["stem.bn.bias"] = HostTensor::zeros(DType::f64, {8});
        }) == "F: tensor 'stem.bn.bias' is F64 [8], node 'stem.bn' needs F32 [8]");
  CHECK(load_error([](TensorFile& file) {
          file.tensors.erase("stem.bn.bias");
        }).starts_with("F: has no tensor 'stem.bn.bias'"));
}

TEST_CASE("metadata that is absent or wrong is named") {
  CHECK(load_error([](TensorFile& file) { file.metadata.erase("tailor.network"); }) ==
        "F: has no 'tailor.network' in its metadata: it holds weights, but not the network they "
        "belong to");
  CHECK(load_error([](TensorFile& file) {
          file.metadata["tailor.network"] = "{]";
        }).starts_with("F: not a network"));
  CHECK(load_error([](TensorFile& file) { file.metadata["format_version"] = "9"; }) ==
        "F: format_version '9' is not 1; write it again with this version of tailor");
  CHECK(load_error([](TensorFile& file) { file.metadata.erase("tailor.title"); }) ==
        "F: has no 'tailor.title' in its metadata; is it a network of tailor?");
  const auto preprocessing = [](const std::string& json) {
    return load_error([&](TensorFile& file) { file.metadata["tailor.preprocessing"] = json; });
  };
  CHECK(preprocessing("{").starts_with("F: tailor.preprocessing cannot be read: "));
  CHECK(preprocessing("[]").starts_with("F: tailor.preprocessing cannot be read: "));
  CHECK(preprocessing(R"({"image_size":1,"channels":1,"mean":[0],"std":[0],"class_names":[]})") ==
        "F: tailor.preprocessing: std must be positive, got 0");
  CHECK(preprocessing(R"({"image_size":1,"channels":2,"mean":[0],"std":[1],"class_names":[]})") ==
        "F: tailor.preprocessing: mean has 1 values for 2 channels");
  CHECK(preprocessing(R"({"image_size":"a","channels":2,"mean":[],"std":[],"class_names":[]})")
            .starts_with("F: tailor.preprocessing cannot be read: "));
}
