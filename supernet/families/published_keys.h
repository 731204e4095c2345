// Parameter names of Once-for-All's published supernets for those of our spaces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tailor {

/// The key in a state_dict of OFAMobileNetV3 or OFAProxylessNASNets: "stage1.block1.depthwise.
/// conv.7to5_matrix" -> "blocks.1.conv.depth_conv.conv.7to5_matrix". slots: blocks of each stage
/// when all are kept; first: blocks before stage 1 (0 or 1). Throws Error for another name.
/// Source: once-for-all, ofa/imagenet_classification/elastic_nn (module attributes).
std::string mobilenet_published_name(const std::string& ours, const std::vector<int64_t>& slots,
                                     int64_t first = 1);
/// The key in a state_dict of MobileNetV3 or ProxylessNASNets, a network alone; slots: its blocks.
/// Source: once-for-all, ofa/imagenet_classification/networks.
std::string mobilenet_published_subnet_name(const std::string& ours,
                                            const std::vector<int64_t>& slots, int64_t first = 1);

/// The key in a state_dict of OFAResNets: "stage2.block1.conv1.bn.weight" ->
/// "blocks.4.conv1.bn.bn.weight". Throws Error for a name that no resnet50d space has.
/// Source: once-for-all, ofa/imagenet_classification/elastic_nn/networks/ofa_resnets.py.
std::string resnet50d_published_name(const std::string& ours, const std::vector<int64_t>& slots);
/// The key in a state_dict of ResNets, a network alone; slots: its blocks, residual: its stem has
/// the residual layer. Source: once-for-all, ofa/imagenet_classification/networks/resnets.py.
std::string resnet50d_published_subnet_name(const std::string& ours,
                                            const std::vector<int64_t>& slots, bool residual);

}  // namespace tailor
