// Parameter names of the published OFA-ResNet50D supernet for those of our resnet50d spaces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tailor {

/// The key in a state_dict of OFAResNets: "stage2.block1.conv1.bn.weight" ->
/// "blocks.4.conv1.bn.bn.weight". slots: blocks of each stage when all are kept.
/// Throws Error for a name that no resnet50d space has.
/// Source: once-for-all, ofa/imagenet_classification/elastic_nn/networks/ofa_resnets.py.
std::string resnet50d_published_name(const std::string& ours,
                                     const std::vector<int64_t>& slots = {4, 4, 6, 4});

}  // namespace tailor
