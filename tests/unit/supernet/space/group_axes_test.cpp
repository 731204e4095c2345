#include "supernet/space/group_axes.h"

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::ToySpace;

TEST_CASE("groups and values are looked up by name") {
  const ToySpace space(2);
  const std::vector<size_t> depth = axes_of_group(space, "d");
  CHECK(depth == std::vector<size_t>{0, 1});
  CHECK(axes_of_group(space, "r").size() == 1);
  CHECK(error_text<ConfigError>([&] { axes_of_group(space, "w"); }) ==
        "'toy' has no axis group 'w'; groups: d, ks, e, r");
  CHECK(choice_with(space.axes()[0], 3) == 2);
  CHECK_FALSE(choice_with(space.axes()[0], 4));
  const std::vector<double> known = {1, 3}, unknown = {1, 4};
  CHECK_NOTHROW(check_known_values(space, "d", known, depth));
  CHECK(error_text<ConfigError>([&] { check_known_values(space, "d[0:1]", unknown, depth); }) ==
        "no slot of d[0:1] in 'toy' can be 4");
}
