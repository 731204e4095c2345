#include "supernet/space/block_enumeration.h"

#include <set>

#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

std::set<std::string> all_keys(const SearchSpace& space, const Workload& workload,
                               const Restriction* only = nullptr) {
  std::set<std::string> keys;
  for (const Arch& arch : space.enumerate()) {
    if (only && !space.allows(*only, arch)) continue;
    for (const BlockUse& use : space.lower(arch, workload).blocks) keys.insert(use.block->key);
  }
  return keys;
}

std::set<std::string> found_keys(const std::vector<BlockSite>& sites) {
  std::set<std::string> keys;
  for (const BlockSite& site : sites) {
    INFO(site.block->key);
    CHECK(keys.insert(site.block->key).second);
  }
  return keys;
}

}  // namespace

TEST_CASE("enumeration finds exactly the blocks of all networks, each once") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    for (const Workload& load : {Workload{}, Workload{.batch = 2, .resolution = 12}}) {
      CHECK(found_keys(enumerate_blocks(*space, load)) == all_keys(*space, load));
    }
  }
}

TEST_CASE("blocks of random archs are all in the enumerated set") {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const auto keys = found_keys(enumerate_blocks(*space, {}));
    Rng rng(11);
    size_t missing = 0;
    for (int i = 0; i < 500; ++i) {
      const Arch arch = i % 2 ? space->sample(rng) : space->sample_choices(rng);
      for (const BlockUse& use : space->lower(arch).blocks) missing += !keys.count(use.block->key);
    }
    CHECK(missing == 0);
  }
}

TEST_CASE("the published space has as many blocks a resolution as the published table") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  // The table: first convolution, first block, 10 positions of 9 choices, and four pieces of the
  // head; two of them (mean and the convolution behind it) are one block here.
  CHECK(enumerate_blocks(*space, {.resolution = 224}).size() == 1 + 1 + 10 * 9 + 3);
}

TEST_CASE("every site names a network that holds its block") {
  const auto space = test::space_of(test::kTinyMobileNet);
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    const NetworkSpec spec = space->lower(site.arch);
    REQUIRE(site.index < spec.blocks.size());
    CHECK(spec.blocks[site.index].block->key == site.block->key);
  }
}

TEST_CASE("a restriction leaves out what it forbids") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"ks", {5}}, {"r", {20}}});
  CHECK(found_keys(enumerate_blocks(*space, {}, &only)) == all_keys(*space, {}, &only));
  const Restriction deep = space->restrict({{"d", {2}}, {"e", {3}}});
  CHECK(found_keys(enumerate_blocks(*space, {}, &deep)) == all_keys(*space, {}, &deep));
}

TEST_CASE("the order is the same in every run") {
  const auto a = test::space_of(test::kTinyResNet), b = test::space_of(test::kTinyResNet);
  const auto first = enumerate_blocks(*a, {}), second = enumerate_blocks(*b, {});
  REQUIRE(first.size() == second.size());
  for (size_t i = 0; i < first.size(); ++i) CHECK(first[i].block->key == second[i].block->key);
}
