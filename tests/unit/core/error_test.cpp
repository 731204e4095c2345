#include "core/error.h"

#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("a failed check names the file, the condition and the text") {
  const std::string text = error_text<Error>([] { TAILOR_CHECK(1 > 2, "n is ", 3); });
  CHECK(text.find("error_test.cpp:") != std::string::npos);
  CHECK(text.find(": check failed: 1 > 2: n is 3; this is a bug in tailor") != std::string::npos);
}

TEST_CASE("a check needs no text") {
  const std::string text = error_text<Error>([] { TAILOR_CHECK(false); });
  CHECK(text.find(": check failed: false; this is a bug") != std::string::npos);
}

TEST_CASE("a check that holds does nothing and builds no text") {
  bool built = false;
  TAILOR_CHECK(true, built = true);
  CHECK_FALSE(built);
}

TEST_CASE("every kind of error is an Error") {
  CHECK_THROWS_AS(throw UnknownNameError("x"), ConfigError);
  CHECK_THROWS_AS(throw ConfigError("x"), Error);
  CHECK_THROWS_AS(throw ShapeError("x"), Error);
  CHECK_THROWS_AS(throw DeviceError("x"), Error);
  CHECK_THROWS_AS(throw InfeasibleError("x"), Error);
  CHECK_THROWS_AS(throw IoError("x"), Error);
  CHECK_THROWS_AS(throw Interrupted("x"), std::runtime_error);
}
