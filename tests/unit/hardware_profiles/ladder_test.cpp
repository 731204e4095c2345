// Which rungs a config allows, and what they use.
#include "core/error.h"
#include "hardware_profiles/profile_db.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

LadderOptions options(const std::string& yaml) {
  return LadderOptions::read(ConfigNode::parse(yaml, "run.yaml"));
}

std::string refusal(const std::string& yaml) {
  return test::error_text<ConfigError>([&] { options(yaml); });
}

}  // namespace

TEST_CASE("nothing falls back unless the config says so") {
  const LadderOptions none = options("{}");
  CHECK(none.fallback.empty());
  const Ladder ladder = Ladder::open(none);
  CHECK_FALSE(ladder.interpolated);
  CHECK_FALSE(ladder.lender);
  CHECK_FALSE(ladder.datasheet);
}

TEST_CASE("allowed rungs open what they use") {
  const test::TempDir dir;
  TableHeader header;
  header.device = {"a board", "stub", "1", "f32", 1, 1};
  const LatencyTable table(header);
  table.save(dir.file("lut.yaml"));
  const Ladder ladder = Ladder::open(
      options(str("fallback: [interpolated, borrowed, analytic]\n",
                  "borrow_from: ", dir.file("lut.yaml"), "\ndatasheet: raspberry_pi_4\n")));
  CHECK(ladder.interpolated);
  REQUIRE(ladder.lender);
  CHECK(ladder.lender->header().device.device == "a board");
  REQUIRE(ladder.datasheet);
  CHECK(ladder.datasheet->name == "raspberry_pi_4");
  CHECK_THROWS_AS(Ladder::open(options("fallback: [analytic]\ndatasheet: rasberry_pi_4")),
                  UnknownNameError);
}

TEST_CASE("rungs and what they use must fit together") {
  CHECK(refusal("fallback: [guessed]").find("one of interpolated, borrowed, analytic") !=
        std::string::npos);
  CHECK(refusal("fallback: [borrowed]") ==
        "run.yaml:1:11: fallback: borrowed needs profile.borrow_from");
  CHECK(refusal("fallback: [analytic]") ==
        "run.yaml:1:11: fallback: analytic needs profile.datasheet");
  CHECK(refusal("fallback: [interpolated]\ndatasheet: h100") ==
        "run.yaml:2:12: datasheet: is not used: profile.fallback does not name analytic");
}

TEST_CASE("every rung has a name of its own") {
  CHECK(rung_name(Rung::measured) == "measured");
  CHECK(rung_name(Rung::interpolated) == "interpolated");
  CHECK(rung_name(Rung::borrowed) == "borrowed");
  CHECK(rung_name(Rung::analytic) == "analytic");
  CHECK_THROWS_AS(rung_name(static_cast<Rung>(7)), Error);
}
