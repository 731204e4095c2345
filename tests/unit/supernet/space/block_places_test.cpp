// Places of blocks and what choices put there, against the lowering.
#include "supernet/space/block_places.h"

#include <map>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/random_spaces.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

size_t entry(const SearchSpace& space, const BlockPlace& place, const Arch& arch) {
  size_t index = 0;
  for (const size_t axis : place.axes) {
    index = index * (space.axes()[axis].values.size() + 1) + static_cast<size_t>(arch[axis] + 1);
  }
  return index;
}

/// Blocks of an arch's network that the places do not tell.
size_t untold(const SearchSpace& space, const std::vector<BlockPlace>& places, const Arch& arch) {
  std::map<std::string, std::string> keys;
  for (const BlockUse& use : space.lower(arch).blocks) keys[use.block->name] = use.block->key;
  size_t wrong = 0;
  for (const BlockPlace& place : places) {
    const auto& choice = place.choices[entry(space, place, arch)];
    const auto there = keys.find(place.name);
    if (there == keys.end()) {
      wrong += !choice || choice->block;
    } else {
      wrong += !choice || !choice->block || choice->block->key != there->second;
      keys.erase(there);
    }
  }
  return wrong + keys.size();
}

}  // namespace

TEST_CASE("places tell the network of every arch of the shipped spaces") {
  for (const std::string& name : test::shipped_space_names()) {
    INFO(name);
    const auto space = test::shipped_space(name);
    const std::vector<BlockPlace> places = block_places(*space, {});
    Rng rng(3);
    size_t wrong = 0;
    for (int i = 0; i < 200; ++i) {
      wrong += untold(*space, places, i % 2 ? space->sample(rng) : space->sample_choices(rng));
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("places of random spaces tell every arch, and name one for every entry") {
  Rng rng(7);
  for (int i = 0; i < 40; ++i) {
    const std::string yaml = test::random_space(i, rng);
    INFO(yaml);
    const auto space = test::space_of(yaml);
    const std::vector<BlockPlace> places = block_places(*space, {});
    size_t wrong = 0;
    for (int k = 0; k < 50; ++k) wrong += untold(*space, places, space->sample(rng));
    CHECK(wrong == 0);
    for (const BlockPlace& place : places) {
      for (size_t e = 0; e < place.choices.size(); ++e) {
        if (!place.choices[e]) continue;
        CHECK(entry(*space, place, place.choices[e]->arch) == e);
      }
    }
  }
}

TEST_CASE("a block of OFA-MobileNetV3 depends on its own kernel and expansion and the image size") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  for (const BlockPlace& place : block_places(*space, {})) {
    INFO(place.name);
    std::vector<std::string> groups;
    for (const size_t axis : place.axes) groups.push_back(space->axes()[axis].group);
    const bool in_stage = place.name.starts_with("stage");
    CHECK(groups.size() <= (in_stage ? 3u : 1u));
    CHECK(std::find(groups.begin(), groups.end(), "d") == groups.end());
  }
}

TEST_CASE("a restriction leaves entries empty that no allowed arch leads to") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const Restriction only = space->restrict({{"ks", {5}}, {"r", {20}}});
  const std::vector<BlockPlace> places = block_places(*space, {}, &only);
  size_t filled = 0;
  for (const BlockPlace& place : places) {
    for (const auto& choice : place.choices) {
      if (!choice) continue;
      ++filled;
      CHECK(space->allows(only, choice->arch));
    }
  }
  CHECK(filled > 0);
}
