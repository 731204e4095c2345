// Parameter names of Once-for-All's supernets for those of our mobilenet spaces.
#pragma once

#include <string>

namespace tailor::test {

/// The key in a state_dict of OFAMobileNetV3 or OFAProxylessNASNets ("blocks.1.conv.depth_conv.
/// conv.7to5_matrix"). `depth`: blocks a stage when all are kept. Throws Error for another name.
/// Source: once-for-all, ofa/imagenet_classification/elastic_nn (module attributes).
std::string ofa_name(const std::string& ours, int depth = 4);

}  // namespace tailor::test
