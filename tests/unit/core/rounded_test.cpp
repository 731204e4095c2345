#include "core/rounded.h"

#include "tests/support/catch.h"

using tailor::rounded;

TEST_CASE("figures are rounded to so many decimals and written short") {
  CHECK(rounded(1.23456, 4) == "1.2346");
  CHECK(rounded(-1.23456, 2) == "-1.23");
  CHECK(rounded(3.0004, 3) == "3");
  CHECK(rounded(12.5, 0) == "13");
  CHECK(rounded(1e-9, 6) == "0");
}
