#include "supernet/space/weight_ref.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("numel multiplies and refuses what does not fit 64 bits") {
  CHECK(numel({}) == 1);
  CHECK(numel({2, 3, 4}) == 24);
  CHECK(numel({2, 0}) == 0);
  CHECK(error_text<ShapeError>([] {
          numel({int64_t{1} << 40, int64_t{1} << 40});
        }) == "[1099511627776, 1099511627776] is too large");
}

TEST_CASE("shapes print as lists") {
  CHECK(shape_text({1, 16, 28, 28}) == "[1, 16, 28, 28]");
  CHECK(shape_text({}) == "[]");
}

TEST_CASE("roles have names that read back") {
  for (Role role : {Role::weight, Role::bias, Role::scale, Role::shift, Role::running_mean,
                    Role::running_var, Role::transform}) {
    CHECK(parse_role(role_name(role)) == role);
  }
  CHECK(error_text<IoError>([] { parse_role("wieght"); }) ==
        "'wieght' is not the role of a weight");
}

TEST_CASE("a reference has the shape of its ranges, folded") {
  const WeightRef ref{
      .name = "qkv", .dims = {{3, 0, 3, ""}, {8, 0, 4, ""}, {16, 2, 6, ""}}, .fold = {2, 1}};
  CHECK(ref.full_shape() == Shape{24, 16});
  CHECK(ref.used_shape() == Shape{12, 6});
  CHECK(ref.used_elements() == 72);
}

TEST_CASE("a kernel transform sets the last two dimensions") {
  WeightRef ref{.name = "w", .dims = {{8, 0, 6, ""}, {1, 0, 1, ""}, {7, 1, 5, ""}, {7, 1, 5, ""}}};
  CHECK(ref.used_shape() == Shape{6, 1, 5, 5});
  ref.steps = {KernelTransform{5, "a"}, KernelTransform{3, "b"}};
  CHECK(ref.used_shape() == Shape{6, 1, 3, 3});
  CHECK(ref.used_elements() == 54);
  CHECK(ref.full_shape() == Shape{8, 1, 7, 7});
}

TEST_CASE("a whole weight uses all of its parameter") {
  const WeightRef ref = whole_weight("w", Role::bias, Init::ones, {4, 5});
  CHECK(ref.used_shape() == Shape{4, 5});
  CHECK(ref.full_shape() == ref.used_shape());
  CHECK(ref.dims[1].whole());
  CHECK(ref.init == Init::ones);
}

TEST_CASE("running statistics are not trained") {
  CHECK(WeightRef{.name = "w", .role = Role::scale}.trainable());
  CHECK_FALSE(WeightRef{.name = "w", .role = Role::running_mean}.trainable());
  CHECK_FALSE(WeightRef{.name = "w", .role = Role::running_var}.trainable());
}

TEST_CASE("initial values are drawn from their laws") {
  Rng rng(1);
  const auto within = [&](Init init, double low, double high) {
    double least = high, most = low;
    for (int i = 0; i < 1000; ++i) {
      const double x = draw_initial(init, rng);
      least = std::min(least, x);
      most = std::max(most, x);
    }
    const double slack = 0.02 * (high - low);
    CHECK(least >= low);
    CHECK(least < low + slack);
    CHECK(most <= high);
    CHECK(most > high - slack);
  };
  within(Init::uniform, 0, 1);
  within(Init::decay, 0, std::log(16));
  // The inverse softplus of 0.001 and 0.1.
  within(Init::step, std::log(std::expm1(1e-3)), std::log(std::expm1(0.1)));
  CHECK(error_text<Error>([&] { draw_initial(Init::fan_in, rng); }).starts_with("an initialiser"));
}
