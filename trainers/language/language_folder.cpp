// From a folder to space, arch and parameters.
#include "trainers/language/language_folder.h"

#include <map>

#include "core/error.h"
#include "core/file.h"
#include "supernet/formats/weights_folder.h"

namespace tailor::train {
namespace {

constexpr int64_t kMaxConfigBytes = 16 << 20;

/// What files hold beside the parameters: a tied output matrix once more, and tables of rotary
/// positions (transformers before 4.32).
bool beside_parameters(const std::string& tensor) {
  return tensor == "lm_head.weight" || tensor.ends_with(".rotary_emb.inv_freq");
}

/// A network's parameters under their published names.
std::vector<WantedTensor> wanted_of(const NetworkSpec& spec, const SearchSpace& space,
                                    const Arch& arch) {
  std::map<std::string, WantedTensor> wanted;
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        wanted[ref.name] = {space.published_subnet_name(arch, ref.name), ref.full_shape(),
                            ref.role};
      }
    }
  }
  std::vector<WantedTensor> out;
  for (const auto& [name, each] : wanted) out.push_back(each);
  return out;
}

}  // namespace

supernet::ParameterStore load_folder_weights(const std::string& folder, const SearchSpace& space,
                                             const Arch& arch) {
  const NetworkSpec spec = space.lower(arch);
  const WeightsFolder files(folder);
  // Before any memory is taken: a config can name any size.
  files.check(wanted_of(spec, space, arch), beside_parameters);
  supernet::ParameterStore store(std::span(&spec, 1));
  for (const supernet::Parameter& p : store.parameters()) {
    const at::Tensor view = store.view(p.name);
    files.read(space.published_subnet_name(arch, p.name),
               {view.data_ptr<float>(), static_cast<size_t>(view.numel())});
  }
  return store;
}

FolderModel load_language_folder(const std::string& folder) {
  const std::string file = folder + "/config.json";
  const LmConfig config = LmConfig::parse(read_file(file, kMaxConfigBytes), file);
  std::unique_ptr<SearchSpace> space = make_space(ConfigNode::parse(config.space_yaml(), file));
  const Arch arch = space->parse(config.arch_text());
  supernet::ParameterStore store = load_folder_weights(folder, *space, arch);
  return {config, std::move(space), arch, std::move(store)};
}

}  // namespace tailor::train
