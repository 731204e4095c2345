// Weights of one arch's network alone, as a family's authors publish specialised networks.
#pragma once

#include <optional>

#include "core/tensor_file.h"
#include "supernet/space/search_space.h"
#include "supernet/torch/parameter_store.h"

namespace tailor::tools {

/// The network's parameters in our names, where the file belongs to it rather than to the whole
/// supernet; nothing where it is the supernet's. alone: the arch's network with its own weights
/// (passes.h, standalone). Throws IoError naming what does not fit.
std::optional<TensorFile> subnet_weights(const SearchSpace& space, const Arch& arch,
                                         const NetworkSpec& alone,
                                         const supernet::ParameterStore& supernet,
                                         const TensorFile& file);

}  // namespace tailor::tools
