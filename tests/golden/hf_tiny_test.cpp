// Tiny Qwen2, Qwen3 and Llama models against transformers: logits and the tokens they write.
// covers: trainers/language/language_folder.cpp
#include <ATen/ATen.h>

#include <cstring>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "supernet/export/language_config.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "trainers/language/generator.h"
#include "trainers/language/language_folder.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using tailor::test::error_text;

namespace {

const std::string kRoot = std::string(TAILOR_SOURCE_DIR) + "/tests/golden/hf_tiny/";

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kRoot)) {
    if (exists(entry.path() / "expected.safetensors")) out.push_back(entry.path().filename());
  }
  std::sort(out.begin(), out.end());
  return out;
}

at::Tensor integers(const HostTensor& host) {
  at::Tensor out = at::empty(host.shape, at::kLong);
  std::memcpy(out.data_ptr<int64_t>(), host.bytes.data(), host.bytes.size());
  return out;
}

/// A copy of a golden folder, to be damaged.
struct Copy {
  test::TempDir dir;
  explicit Copy(const std::string& name) { std::filesystem::copy(kRoot + name, dir.file("")); }
  std::string folder() const { return dir.file("."); }
  std::string read(const std::string& file) const { return read_file(dir.file(file)); }
  void write(const std::string& file, const std::string& text) const {
    write_file(dir.file(file), text);
  }
  void edit(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read(file);
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    write(file, text.replace(at, from.size(), to));
  }
  template <class Expected>
  std::string error() const {
    const std::string text = error_text<Expected>([&] { train::load_language_folder(folder()); });
    return text.starts_with(folder()) ? text.substr(folder().size() + 1) : text;
  }
};

}  // namespace

TEST_CASE("logits of Hugging Face folders are those of transformers") {
  REQUIRE(names().size() == 11);
  for (const std::string& name : names()) {
    INFO(name);
    const TensorFile expected = TensorFile::load(kRoot + name + "/expected.safetensors");
    const train::FolderModel model = train::load_language_folder(kRoot + name);
    GraphNet net(model.space->lower(model.arch), model.store);
    const at::Tensor logits = net.forward(integers(expected.at("input_ids")), RunMode::eval);
    CHECK((logits - from_host(expected.at("logits"))).abs().max().item<double>() < 1e-4);
  }
}

TEST_CASE("greedy tokens are those of transformers, whatever the cutting of the prompt") {
  for (const std::string& name : names()) {
    INFO(name);
    const TensorFile expected = TensorFile::load(kRoot + name + "/expected.safetensors");
    const at::Tensor prompt = integers(expected.at("input_ids")).narrow(0, 0, 1);
    const at::Tensor written = integers(expected.at("written"));
    const train::FolderModel model = train::load_language_folder(kRoot + name);
    for (const int64_t chunk : {512, 5}) {
      train::Generator generator(*model.space, model.arch, model.store,
                                 prompt.size(1) + written.size(1), chunk);
      Rng rng(0);
      CHECK(generator.generate(prompt, written.size(1), {}, rng).equal(written));
    }
  }
}

TEST_CASE("a folder that lacks something is refused by file and key") {
  const Copy sharded("qwen2_tied");
  const std::string second = "model-00002-of-00005.safetensors";
  const std::string bytes = sharded.read(second);
  sharded.write(second, bytes.substr(0, bytes.size() - 3));
  CHECK(sharded.error<IoError>().find(second + ": tensor '") == 0);
  CHECK(sharded.error<IoError>().find("the file is truncated") != std::string::npos);
  std::filesystem::remove(sharded.dir.file(second));
  CHECK(sharded.error<IoError>().find(second + ": is missing; ") == 0);
  std::filesystem::remove(sharded.dir.file("model.safetensors.index.json"));
  CHECK(sharded.error<IoError>().find("has neither model.safetensors nor") != std::string::npos);
  std::filesystem::remove(sharded.dir.file("config.json"));
  CHECK(sharded.error<IoError>() == "config.json: cannot open: No such file or directory");
}

TEST_CASE("weights that are not the config's are refused by file and key") {
  const Copy copy("qwen2");
  copy.edit("config.json", "\"intermediate_size\": 40", "\"intermediate_size\": 41");
  CHECK(copy.error<IoError>() ==
        "model.safetensors: tensor 'model.layers.0.mlp.down_proj.weight' is F32 [32, 40], "
        "config.json makes it [32, 41]");
  copy.edit("config.json", "\"intermediate_size\": 41", "\"intermediate_size\": 40");
  copy.edit("config.json", "\"model_type\": \"qwen2\"", "\"model_type\": \"qwen3\"");
  CHECK(copy.error<IoError>().find("model.safetensors: has no tensor 'model.layers.0.self_attn.") ==
        0);
  copy.edit("config.json", "\"model_type\": \"qwen3\"", "\"model_type\": \"llama\"");
  CHECK(copy.error<IoError>() ==
        "model.safetensors: tensor 'model.layers.0.self_attn.k_proj.bias' is no part of the model "
        "that config.json describes");
  copy.edit("config.json", "\"model_type\": \"llama\"", "\"model_type\": \"lama\"");
  CHECK(copy.error<ConfigError>().find(
            "config.json: model_type: unknown language model 'lama'; did you mean 'llama'?") == 0);
}

TEST_CASE("sizes beyond the weights are found before memory is taken") {
  const Copy copy("llama");
  copy.edit("config.json", "\"vocab_size\": 64", "\"vocab_size\": 4194304");
  copy.edit("config.json", "\"hidden_size\": 32", "\"hidden_size\": 65536");
  CHECK(copy.error<IoError>().find("config.json makes it [4194304, 65536]") != std::string::npos);
}

TEST_CASE("a folder that is written, in one file or several, is the model that it was") {
  for (const std::string& name : names()) {
    INFO(name);
    const at::Tensor ids =
        integers(TensorFile::load(kRoot + name + "/expected.safetensors").at("input_ids"));
    const train::FolderModel model = train::load_language_folder(kRoot + name);
    const LmConfig config = lm_config_of(model.space->lower(model.arch));
    CHECK(config.model_type == model.config.model_type);
    GraphNet net(model.space->lower(model.arch), model.store);
    for (const int64_t most : {int64_t{1} << 30, int64_t{9000}}) {
      const test::TempDir dir;
      train::save_language_folder(dir.file("x"), config, *model.space, model.arch, model.store,
                                  most);
      CHECK(file_exists(dir.file("x/model.safetensors")) == (most > 9000));
      const train::FolderModel back = train::load_language_folder(dir.file("x"));
      GraphNet again(back.space->lower(back.arch), back.store);
      CHECK(again.forward(ids, RunMode::eval).equal(net.forward(ids, RunMode::eval)));
    }
  }
}

TEST_CASE("a hybrid of layers of many sizes is written and read") {
  const auto space = test::space_of(R"(family: hybrid_lm
vocab: 50
hidden: 24
layers: 7
tokens: 9
tied: false
mixers: [none, delta, gdn, gla, jet, mamba2, retnet, swa, attn]
mlp: [0, 20, 40]
attention: {heads: 4, kv_heads: 2, head_dim: 6, window: [3, 9], qk_norm: true}
linear: {heads: [1, 2], d_k: [4, 8], d_v: [6, 10], conv: 3, reduction: 5}
)");
  const Arch arch = space->parse(
      "mixer=jet,swa,mamba2,gdn,attn,none,jet window=0,3,0,0,0,0,0 heads=2,0,1,2,0,0,1 "
      "dk=4,0,8,4,0,0,8 dv=10,0,6,6,0,0,6 mlp=20,40,0,40,20,20,0");
  const NetworkSpec spec = space->lower(arch);
  ParameterStore store(std::span(&spec, 1));
  store.initialise(Rng(5));
  const test::TempDir dir;
  train::save_language_folder(dir.file("x"), lm_config_of(spec), *space, arch, store);
  const train::FolderModel back = train::load_language_folder(dir.file("x"));
  CHECK(back.config.model_type == "tailor_hybrid_lm");
  const at::Tensor ids = at::arange(18).view({2, 9});
  GraphNet net(spec, store), again(back.space->lower(back.arch), back.store);
  const at::Tensor want = net.forward(ids, RunMode::eval), got = again.forward(ids, RunMode::eval);
  CHECK((got - want).abs().max().item<double>() < 1e-6);
}
