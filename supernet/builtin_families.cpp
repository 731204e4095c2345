// The list of families.
#include "core/error.h"
#include "supernet/space/search_space.h"

namespace tailor {

FamilyRegistry::Factory make_mobilenet, make_resnet;

FamilyRegistry builtin_families() {
  FamilyRegistry r("family", "family");
  r.add("mobilenet", "inverted bottlenecks: elastic kernel, expansion, depth, resolution",
        make_mobilenet);
  r.add("resnet", "plain residual network: elastic stage width, depth, resolution", make_resnet);
  return r;
}

std::unique_ptr<SearchSpace> make_space(const ConfigNode& section) {
  return builtin_families().make(section);
}

}  // namespace tailor
