// Building the tree and finding what each subtree reads.
#include "trainers/prefix_tree.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "core/error.h"

namespace tailor::train {
namespace {

/// The child that `use` leads to, added where there is none.
size_t child_for(std::vector<PrefixTree::Node>& nodes, std::vector<size_t>& children,
                 const BlockUse& use) {
  for (size_t child : children) {
    if (nodes[child].block == use.block && nodes[child].inputs == use.inputs) return child;
  }
  children.push_back(nodes.size());
  return nodes.size();
}

std::vector<int> united(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> out;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace

PrefixTree::PrefixTree(std::span<const NetworkSpec> networks) {
  std::vector<int> depths;  // of the nodes; a root's is 0
  if (!networks.empty()) inputs = networks[0].inputs.size();
  for (size_t i = 0; i < networks.size(); ++i) {
    TAILOR_CHECK(networks[i].inputs == networks[0].inputs, "networks share their input shapes");
    std::vector<size_t>* children = &roots;
    size_t at = 0;
    int depth = 0;
    for (const BlockUse& use : networks[i].blocks) {
      at = child_for(nodes, *children, use);
      if (at == nodes.size()) {
        nodes.push_back({.block = use.block, .inputs = use.inputs});
        depths.push_back(depth);
      }
      children = &nodes[at].children;
      ++depth;
    }
    nodes[at].networks.push_back(i);
  }
  for (size_t n = nodes.size(); n-- > 0;) {
    Node& node = nodes[n];
    node.needs = node.inputs;
    std::sort(node.needs.begin(), node.needs.end());
    node.needs.erase(std::unique(node.needs.begin(), node.needs.end()), node.needs.end());
    for (size_t child : node.children) node.needs = united(node.needs, nodes[child].needs);
    std::erase(node.needs, static_cast<int>(inputs) + depths[n]);  // its own output
  }
}

std::vector<size_t> PrefixTree::order() const {
  std::vector<size_t> out;
  const std::function<void(size_t)> visit = [&](size_t n) {
    out.insert(out.end(), nodes[n].networks.begin(), nodes[n].networks.end());
    for (size_t child : nodes[n].children) visit(child);
  };
  for (size_t root : roots) visit(root);
  return out;
}

}  // namespace tailor::train
