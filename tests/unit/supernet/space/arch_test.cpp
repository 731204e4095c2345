#include "supernet/space/arch.h"

#include <set>
#include <unordered_set>

#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::SlotSpace;

TEST_CASE("an arch made by nobody is empty") {
  const Arch arch;
  CHECK(arch.size() == 0);
  CHECK(arch == Arch());
}

TEST_CASE("archs of equal choices are equal and hash alike") {
  const SlotSpace space;
  const Arch a = space.parse("w=4,8,0 d=2"), b = space.parse("w=4,8,8 d=2");
  CHECK(a == b);
  CHECK(a.hash() == b.hash());
  CHECK(a != space.parse("w=8,8,0 d=2"));
}

TEST_CASE("an arch says which slots matter") {
  const SlotSpace space;
  const Arch arch = space.parse("w=8,0,0 d=1");
  CHECK(arch.active(0));
  CHECK_FALSE(arch.active(1));
  CHECK(arch[1] == Arch::kInactive);
  CHECK(arch.size() == 4);
}

TEST_CASE("an arch's hash is the same in every run") {
  const SlotSpace space;
  CHECK(space.largest().hash() == 0x9e749290540f5425ULL);
}

TEST_CASE("archs sort by their choices and work as keys") {
  const SlotSpace space;
  const std::vector<Arch> all = space.enumerate();
  const std::set<Arch> sorted(all.begin(), all.end());
  const std::unordered_set<Arch, ArchHash> hashed(all.begin(), all.end());
  CHECK(sorted.size() == all.size());
  CHECK(hashed.size() == all.size());
  CHECK(space.parse("w=4,0,0 d=1") < space.parse("w=8,0,0 d=1"));
}
