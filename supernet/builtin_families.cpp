// The list of families.
#include "core/error.h"
#include "supernet/space/search_space.h"

namespace tailor {

FamilyRegistry::Factory make_fbnet, make_hybrid_lm, make_mobilenet, make_resnet, make_resnet50d,
    make_xception;

FamilyRegistry builtin_families() {
  FamilyRegistry r("family", "family");
  r.add("fbnet", "a choice of inverted bottlenecks, or none, at each of many places", make_fbnet);
  r.add("hybrid_lm",
        "language model: elastic mixer of tokens, its sizes, width of the MLP, per layer",
        make_hybrid_lm);
  r.add("mobilenet", "inverted bottlenecks: elastic kernel, expansion, depth, resolution",
        make_mobilenet);
  r.add("resnet", "plain residual network: elastic stage width, depth, resolution", make_resnet);
  r.add("resnet50d", "OFA-ResNet50D: elastic depth, expansion, stem, widths, resolution",
        make_resnet50d);
  r.add("xception", "separable convolutions: elastic kernel, expansion, depth, resolution",
        make_xception);
  return r;
}

std::unique_ptr<SearchSpace> make_space(const ConfigNode& section) {
  return builtin_families().make(section);
}

}  // namespace tailor
