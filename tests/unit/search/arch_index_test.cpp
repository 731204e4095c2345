#include "search/arch_index.h"

#include <map>
#include <vector>

#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::ToySpace;

TEST_CASE("an index finds what was entered, as a map does") {
  const ToySpace space(2);
  Rng rng(3);
  std::vector<Arch> list;
  std::map<Arch, size_t> right;
  ArchIndex index;
  const auto at = [&](size_t place) -> const Arch& { return list[place]; };
  CHECK(index.find(space.smallest(), at) == ArchIndex::kNone);
  for (int i = 0; i < 5000; ++i) {
    const Arch arch = space.sample_choices(rng);
    const auto [known, is_new] = right.emplace(arch, list.size());
    CHECK(index.find(arch, at) == (is_new ? ArchIndex::kNone : known->second));
    CHECK(index.insert(arch, list.size(), at) == (is_new ? ArchIndex::kNone : known->second));
    if (is_new) list.push_back(arch);
    if (i == 100) index.reserve(2000);
  }
  for (const auto& [arch, place] : right) CHECK(index.find(arch, at) == place);
  index.clear();
  CHECK(index.find(list[0], at) == ArchIndex::kNone);
}

}  // namespace
}  // namespace tailor::search
