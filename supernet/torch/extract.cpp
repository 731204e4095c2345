// Cutting a standalone network out of a bound one.
#include <ATen/ATen.h>

#include "supernet/space/passes.h"
#include "supernet/torch/graph_net.h"

namespace tailor::supernet {

ExtractedNetwork from_tensors(const NetworkSpec& spec, const TensorFile& tensors) {
  NetworkSpec whole = standalone(spec);
  ParameterStore store(std::span(&whole, 1));
  store.load(tensors);
  return {std::move(whole), std::move(store)};
}

ExtractedNetwork extract(const GraphNet& net) {
  TensorFile tensors;
  for (const auto& [name, value] : net.weights()) tensors.tensors.emplace(name, to_host(value));
  tensors.source = net.spec().name;
  return from_tensors(net.spec(), tensors);
}

}  // namespace tailor::supernet
