// Asking which of two networks a file fits better.
#include "tools/subnet_weights.h"

#include <map>

#include "core/log.h"
#include "supernet/formats/published_weights.h"
#include "trainers/checkpoint.h"

namespace tailor::tools {

std::optional<TensorFile> subnet_weights(const SearchSpace& space, const Arch& arch,
                                         const NetworkSpec& alone,
                                         const supernet::ParameterStore& supernet,
                                         const TensorFile& file) {
  std::map<std::string, WantedTensor> by_name;
  for (const BlockUse& use : alone.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        by_name[ref.name] = {ref.name, ref.full_shape(), ref.role};
      }
    }
  }
  std::vector<WantedTensor> wanted;
  for (const auto& [name, each] : by_name) wanted.push_back(each);
  const auto subnet_name = [&](const std::string& name) {
    return space.published_subnet_name(arch, name);
  };
  const auto supernet_name = [&](const std::string& name) { return space.published_name(name); };
  if (misfits(file, wanted, subnet_name) >=
      misfits(file, train::wanted_tensors(supernet), supernet_name)) {
    return std::nullopt;
  }
  std::vector<std::string> absent;
  TensorFile out = in_our_names(file, wanted, subnet_name, absent);
  log_info(file.source, ": weights of this network alone");
  return out;
}

}  // namespace tailor::tools
