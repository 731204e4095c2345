#include "core/str.h"

#include <limits>

#include "tests/support/catch.h"

using namespace tailor;
using Texts = std::vector<std::string>;

TEST_CASE("str and join concatenate") {
  CHECK(str("got ", 3, ' ', 0.5) == "got 3 0.5");
  CHECK(str() == "");
  CHECK(join(std::vector<int>{1, 2, 3}, ", ") == "1, 2, 3");
  CHECK(join(Texts{}, ",") == "");
}

TEST_CASE("split keeps empty pieces") {
  CHECK(split("a,,b,", ',') == Texts{"a", "", "b", ""});
  CHECK(split("", ',') == Texts{""});
}

TEST_CASE("trim removes white space at both ends only") {
  CHECK(trim("  a b\r\n") == "a b");
  CHECK(trim(" \t ") == "");
  CHECK(trim("") == "");
}

TEST_CASE("number is short and reads back as the same double") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(3) == "3");
  CHECK(number(1e-5) == "1e-05");
  CHECK(number(100000) == "100000");
  CHECK(number(-2.5) == "-2.5");
  CHECK(number(1e300) == "1e+300");
  CHECK(number(std::numeric_limits<double>::infinity()) == "inf");
  for (const double value : {1.0 / 3, 6.02e23, 5e-324, 123456789012345678.0, -0.0}) {
    double back = 1;
    REQUIRE(parse_number(number(value), back));
    CHECK(back == value);
  }
}

TEST_CASE("parse_number takes whole texts only") {
  double real = 7;
  CHECK((parse_number("-1.5e3", real) && real == -1500));
  CHECK((parse_number("+2", real) && real == 2));
  for (const char* bad :
       {"", " 1", "1 ", "1x", "inf", "nan", "-inf", "1e999", "0x10", "+-1", "+"}) {
    INFO(bad);
    CHECK_FALSE(parse_number(bad, real));
  }
  CHECK(real == 2);
  int64_t integer = 7;
  CHECK((parse_number("-9223372036854775808", integer) && integer == INT64_MIN));
  for (const char* bad : {"", "2.0", "1e3", "9223372036854775808", "1 ", "--1"}) {
    INFO(bad);
    CHECK_FALSE(parse_number(bad, integer));
  }
  CHECK(integer == INT64_MIN);
}

TEST_CASE("nearest finds typing mistakes and nothing far-fetched") {
  const Texts known = {"evolution", "nsga2", "random", "lr"};
  CHECK(nearest("evolutoin", known) == "evolution");
  CHECK(nearest("randm", known) == "random");
  CHECK(nearest("rl", known) == "lr");
  CHECK(nearest("gradient", known) == "");
  CHECK(nearest("", known) == "");
  CHECK(nearest("x", Texts{"y"}) == "");
  CHECK(nearest(std::string(100000, 'a'), known) == "");
}

TEST_CASE("fnv1a has its published values and chains") {
  CHECK(hex(fnv1a("")) == "cbf29ce484222325");
  CHECK(hex(fnv1a("a")) == "af63dc4c8601ec8c");
  CHECK(hex(fnv1a("foobar")) == "85944171f73967e8");
  CHECK(fnv1a("bar", fnv1a("foo")) == fnv1a("foobar"));
  CHECK(hex(255) == "00000000000000ff");
}
