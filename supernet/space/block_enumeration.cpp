// Every distinct block, read off the places of a space's blocks.
#include "supernet/space/block_enumeration.h"

#include <set>
#include <string>

#include "supernet/space/block_places.h"

namespace tailor {

std::vector<BlockSite> enumerate_blocks(const SearchSpace& space, const Workload& workload,
                                        const Restriction* only) {
  std::vector<BlockSite> sites;
  std::set<std::string> seen;
  for (const BlockPlace& place : block_places(space, workload, only)) {
    for (const auto& choice : place.choices) {
      if (!choice || !choice->block || !seen.insert(choice->block->key).second) continue;
      sites.push_back({choice->block, choice->arch, choice->index});
    }
  }
  return sites;
}

}  // namespace tailor
