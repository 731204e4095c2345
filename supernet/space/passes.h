// Functions from network to network (or to parts of one).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "supernet/space/network_spec.h"

namespace tailor {

/// Block `index` of a network as a network of its own: what a profiler measures.
NetworkSpec single_block(const NetworkSpec& spec, size_t index);

/// Block `index` behind the one whose output it reads, as a network of two blocks; nullopt where it
/// reads anything else.
std::optional<NetworkSpec> with_producer(const NetworkSpec& spec, size_t index);

/// The same nodes with every weight a whole parameter of its used shape and no steps: the form of
/// an extracted network, whose file needs no family. Names stay.
NetworkSpec standalone(const NetworkSpec& spec);

/// The same network with its weights called otherwise.
NetworkSpec renamed(const NetworkSpec& spec,
                    const std::function<std::string(const std::string&)>& name_of);

/// Readers of each value inside a block (its inputs, then its nodes); its output has one more.
std::vector<int> count_readers(const Block& block);

}  // namespace tailor
