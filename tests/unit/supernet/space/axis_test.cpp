#include "supernet/space/axis.h"

#include "tests/support/catch.h"

using namespace tailor;

TEST_CASE("a number axis names each value and holds every choice distinct") {
  const Axis axis = number_axis("e", 4, "stage1.block2", {0.25, 3, 6});
  CHECK(axis.group == "e");
  CHECK(axis.slot == 4);
  CHECK(axis.where == "stage1.block2");
  CHECK(axis.names == std::vector<std::string>{"0.25", "3", "6"});
  CHECK(axis.same_as == std::vector<int>{0, 1, 2});
}

TEST_CASE("a number axis depends on nothing by itself") {
  const Axis axis = number_axis("r", 0, "input", {128});
  CHECK(axis.parent == -1);
  CHECK(axis.active_when.empty());
}

TEST_CASE("an axis matters for the parent's values that the predicate holds for") {
  const Axis depth = number_axis("d", 0, "stage1", {2, 3, 4});
  const Axis axis = depends_on(number_axis("ks", 2, "stage1.block3", {3, 5}), 7, depth,
                               [](double d) { return d > 2; });
  CHECK(axis.parent == 7);
  CHECK(axis.active_when == std::vector<bool>{false, true, true});
}

TEST_CASE("depending on a parent leaves the choices as they were") {
  const Axis depth = number_axis("d", 0, "stage1", {1});
  const Axis plain = number_axis("ks", 0, "stage1.block1", {3, 5, 7});
  const Axis axis = depends_on(plain, 0, depth, [](double) { return true; });
  CHECK(axis.names == plain.names);
  CHECK(axis.values == plain.values);
  CHECK(axis.same_as == plain.same_as);
}
