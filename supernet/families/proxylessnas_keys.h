// Parameter names of ProxylessNAS: a mobilenet space whose choices have weights of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "supernet/families/mobilenet_options.h"

namespace tailor {

/// What our parts of one choice begin with: "k3_e6.".
std::string own_prefix(int64_t kernel, double expand);

/// The key in a state_dict of SuperProxylessNASNets: "stage1.block2.k3_e6.expand.conv.weight" ->
/// "blocks.2.mobile_inverted_conv.candidate_ops.1.inverted_bottleneck.conv.weight"; candidates
/// count kernels first, then ratios. slots: blocks of each stage, those left out too. Throws Error
/// for another name. Source: proxylessnas, search/models/super_nets/super_proxyless.py,
/// search/modules/mix_op.py.
std::string proxylessnas_name(const MobileNetOptions& options, const std::vector<int64_t>& slots,
                              const std::string& ours);
/// The key in a state_dict of ProxylessNASNets, a network alone: without "candidate_ops.1.".
std::string proxylessnas_subnet_name(const MobileNetOptions& options,
                                     const std::vector<int64_t>& slots, const std::string& ours);

}  // namespace tailor
