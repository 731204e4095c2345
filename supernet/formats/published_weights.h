// Weights under the names that a network's authors gave them, read into ours.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "supernet/space/weight_ref.h"

namespace tailor {

/// One parameter that is wanted: our name, its full shape, its role.
struct WantedTensor {
  std::string name;
  Shape shape;
  Role role = Role::weight;
};

/// Renames a file's tensors to ours. Taken: our names; the published ones, also as older versions
/// of Once-for-All wrote them (".mobile_inverted_conv."), and those of a static network of full
/// depth, whose layers are not wrapped ("conv.weight" for "conv.conv.weight").
/// "num_batches_tracked" is left out. `absent`: names of wanted kernel transforms that the file
/// does not have, which may keep their values (a static network has none). Throws IoError with
/// every unknown, missing and misshapen tensor by its name in the file. Source: once-for-all,
/// load_state_dict of ofa/imagenet_classification/elastic_nn/networks/*.py.
TensorFile in_our_names(const TensorFile& file, const std::vector<WantedTensor>& wanted,
                        const std::function<std::string(const std::string&)>& published_name,
                        std::vector<std::string>& absent);

/// How many tensors, of the file and of the wanted ones, such a reading leaves over or misshapen:
/// tells which of two networks a file belongs to.
size_t misfits(const TensorFile& file, const std::vector<WantedTensor>& wanted,
               const std::function<std::string(const std::string&)>& published_name);

/// The other way: every tensor under its published name, each running variance with the
/// "num_batches_tracked" (0) that PyTorch's batch norms have beside it.
TensorFile in_published_names(const TensorFile& file,
                              const std::function<std::string(const std::string&)>& published_name);

}  // namespace tailor
