#include "trainers/prefix_tree.h"

#include "core/error.h"
#include "supernet/space/pieces.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::train::PrefixTree;

namespace {

/// A block of one value for `name`; only its address and inputs matter here.
std::shared_ptr<const Block> block_named(const std::string& name) {
  return std::make_shared<const Block>(
      Block{.name = name, .inputs = {{1, 2}}, .nodes = {}, .key = {}});
}

const std::shared_ptr<const Block> a = block_named("a"), b = block_named("b"), c = block_named("c");

NetworkSpec network(std::vector<BlockUse> blocks) {
  return {.name = "n", .workload = {}, .inputs = {{1, 2}}, .blocks = std::move(blocks)};
}

}  // namespace

TEST_CASE("equal beginnings are one path, the same block reading another value is not") {
  const std::vector<NetworkSpec> networks = {
      network({{a, {0}}, {b, {1}}, {c, {2}}}), network({{a, {0}}, {c, {1}}}),
      network({{a, {0}}, {b, {1}}, {c, {1}}}), network({{b, {0}}})};
  const PrefixTree tree(networks);
  REQUIRE(tree.nodes.size() == 6);
  REQUIRE(tree.roots.size() == 2);
  const PrefixTree::Node& root = tree.nodes[tree.roots[0]];
  CHECK(root.block == a);
  CHECK(root.children.size() == 2);
  CHECK(tree.nodes[root.children[0]].children.size() == 2);
  CHECK(tree.order() == std::vector<size_t>{0, 2, 1, 3});
}

TEST_CASE("a node needs what is read at it or below it, and was made before it") {
  const std::vector<NetworkSpec> networks = {network({{a, {0}}, {b, {1}}, {c, {0, 2}}}),
                                             network({{a, {0}}, {b, {1}}, {c, {1, 2}}})};
  const PrefixTree tree(networks);
  REQUIRE(tree.nodes.size() == 4);
  CHECK(tree.nodes[0].needs == std::vector<int>{0});
  CHECK(tree.nodes[1].needs == std::vector<int>{0, 1});
  CHECK(tree.nodes[2].needs == std::vector<int>{0, 2});
  CHECK(tree.nodes[3].needs == std::vector<int>{1, 2});
}

TEST_CASE("the same network twice ends at one node; no networks are no nodes") {
  const std::vector<NetworkSpec> networks = {network({{a, {0}}}), network({{a, {0}}, {b, {1}}}),
                                             network({{a, {0}}})};
  const PrefixTree tree(networks);
  REQUIRE(tree.nodes.size() == 2);
  CHECK(tree.nodes[0].networks == std::vector<size_t>{0, 2});
  CHECK(PrefixTree({}).order().empty());
}

TEST_CASE("networks of different inputs are refused") {
  std::vector<NetworkSpec> networks = {network({{a, {0}}}), network({{a, {0}}})};
  networks[1].inputs = {{1, 3}};
  CHECK_THROWS_AS(PrefixTree(networks), Error);
}

TEST_CASE("a whole space makes fewer nodes than its networks have pieces") {
  const auto space = test::space_of(test::kTinyMobileNet);
  PieceCutter cutter;
  std::vector<NetworkSpec> networks;
  size_t pieces = 0;
  for (const Arch& arch : space->enumerate()) {
    if (space->value(arch, "r") != 16) continue;
    networks.push_back(cutter.cut(space->lower(arch)));
    pieces += networks.back().blocks.size();
  }
  const PrefixTree tree(networks);
  CHECK(tree.roots.size() == 1);
  CHECK(5 * tree.nodes.size() < 4 * pieces);
  std::vector<size_t> order = tree.order();
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
}
