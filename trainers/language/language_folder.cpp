// From a folder to space, arch and parameters, and back.
#include "trainers/language/language_folder.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <map>

#include "core/error.h"
#include "core/file.h"
#include "supernet/formats/weights_folder.h"
#include "supernet/torch/weight_view.h"

namespace tailor::train {
namespace {

using supernet::ParameterStore;

/// What files hold beside the parameters: a tied output matrix once more, and tables of rotary
/// positions (transformers before 4.32).
bool beside_parameters(const std::string& tensor) {
  return tensor == "lm_head.weight" || tensor.ends_with(".rotary_emb.inv_freq");
}

/// A network's parameters by their published names.
std::map<std::string, WeightRef> published_references(const NetworkSpec& spec,
                                                      const SearchSpace& space, const Arch& arch) {
  std::map<std::string, WeightRef> out;
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        out.emplace(space.published_subnet_name(arch, ref.name), ref);
      }
    }
  }
  return out;
}

/// The used parts of the parameters; layers of other sizes share the shapes of the largest.
void read_parameters(const WeightsFolder& files, const std::map<std::string, WeightRef>& references,
                     const ParameterStore& store) {
  for (const auto& [name, ref] : references) {
    const at::Tensor used = supernet::used_view(store.view(ref.name), ref);
    const at::Tensor read = used.is_contiguous() ? used : at::empty(used.sizes());
    files.read(name, {read.data_ptr<float>(), static_cast<size_t>(read.numel())});
    if (!used.is_contiguous()) used.copy_(read);
  }
}

/// Collects tensors and writes them in files of a bounded size.
class ShardWriter {
 public:
  ShardWriter(std::string folder, int64_t most) : folder_(std::move(folder)), most_(most) {}

  void add(const std::string& name, HostTensor tensor) {
    const auto size = static_cast<int64_t>(tensor.bytes.size());
    if (held_ > 0 && held_ + size > most_) flush();
    held_ += size;
    shard_.tensors.emplace(name, std::move(tensor));
  }

  /// Names the files by how many there are, and writes the index where there are several.
  void finish() {
    flush();
    for (const char* old : {kWholeWeights, kWeightsIndex})
      std::filesystem::remove(folder_ + "/" + old);
    if (parts_.size() == 1) return rename(part_name(0), kWholeWeights);
    std::string map;
    for (size_t part = 0; part < parts_.size(); ++part) {
      const std::string name =
          str("model-", number(part + 1), "-of-", number(parts_.size()), ".safetensors");
      rename(part_name(part), name);
      for (const std::string& tensor : parts_[part]) {
        map += str(map.empty() ? "" : ",\n", "    \"", tensor, "\": \"", name, "\"");
      }
    }
    write_file(folder_ + "/" + kWeightsIndex, str("{\n  \"metadata\": {\"total_size\": ", total_,
                                                  "},\n  \"weight_map\": {\n", map, "\n  }\n}\n"));
  }

 private:
  static std::string number(size_t value) {
    const std::string digits = str(value);
    return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
  }
  static std::string part_name(size_t part) { return str("model-part-", part, ".safetensors"); }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(folder_ + "/" + from, folder_ + "/" + to);
  }
  void flush() {
    shard_.metadata["format"] = "pt";  // transformers asks for it
    shard_.save(folder_ + "/" + part_name(parts_.size()));
    parts_.emplace_back();
    for (const auto& [name, tensor] : shard_.tensors) parts_.back().push_back(name);
    total_ += held_;
    held_ = 0;
    shard_ = {};
  }

  std::string folder_;
  int64_t most_, held_ = 0, total_ = 0;
  TensorFile shard_;
  std::vector<std::vector<std::string>> parts_;
};

}  // namespace

FolderModel load_language_folder(const std::string& folder) {
  const LmConfig config = read_lm_config(folder);
  std::unique_ptr<SearchSpace> space = make_space(ConfigNode::parse(config.space_yaml(), folder));
  const Arch arch = space->parse(config.arch_text());
  const NetworkSpec spec = space->lower(arch);
  const std::map<std::string, WeightRef> references = published_references(spec, *space, arch);
  std::vector<WantedTensor> wanted;
  for (const auto& [name, ref] : references) wanted.push_back({name, ref.used_shape(), ref.role});
  const WeightsFolder files(folder);
  files.check(wanted, beside_parameters);  // before memory is taken: a config can name any size
  ParameterStore store(std::span(&spec, 1));
  read_parameters(files, references, store);
  return {config, std::move(space), arch, std::move(store)};
}

void save_language_folder(const std::string& folder, const LmConfig& config,
                          const SearchSpace& space, const Arch& arch, const ParameterStore& store,
                          int64_t shard_bytes) {
  write_file(folder + "/config.json", config.json());
  ShardWriter writer(folder, shard_bytes);
  const auto references = published_references(space.lower(arch), space, arch);
  for (const auto& [name, ref] : references) {
    const at::Tensor used = supernet::used_view(store.view(ref.name), ref);
    writer.add(name, supernet::to_host(used.reshape(ref.used_shape())));
  }
  writer.finish();
}

}  // namespace tailor::train
