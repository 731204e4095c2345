#include "search/archive.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::ToySpace;

TEST_CASE("archs as choices read back to the same archs") {
  const ToySpace space(2);
  Rng rng(1);
  for (int i = 0; i < 200; ++i) {
    const Arch arch = space.sample_choices(rng);
    CHECK(parse_choices(space, choices_text(arch)) == arch);
  }
  CHECK(choices_text(ToySpace().smallest()) == "0,0,-,-,0,-,-,0");
}

TEST_CASE("texts that are no arch are refused") {
  const ToySpace space;
  const auto refused = [&](const std::string& text) {
    return error_text<IoError>([&] { parse_choices(space, text); });
  };
  CHECK(refused("0,0") == "'0,0' is not an arch of 'toy'");
  for (const char* text : {"", "3,0,-,-,0,-,-,0", "0,0,0,-,0,-,-,0", "0,-,-,-,0,-,-,0",
                           "-1,0,-,-,0,-,-,0", "300,0,-,-,0,-,-,0", "0,0,-,-,0,-,-,0,", "x"}) {
    INFO(text);
    CHECK(refused(text).find("is not an arch of 'toy'") != std::string::npos);
  }
}

TEST_CASE("an archive keeps the first of equal archs, in order") {
  const ToySpace space;
  Archive archive;
  const std::vector<Evaluated> told = {
      {space.largest(), 0.5, 0}, {space.smallest(), 0.25, 0}, {space.largest(), 0.75, 0}};
  archive.add(told);
  REQUIRE(archive.size() == 2);
  CHECK(archive.all()[0].objective == 0.5);
  CHECK(archive.contains(space.smallest()));
  CHECK_FALSE(archive.contains(space.parse("d=2 ks=3 e=2 r=16")));
}

TEST_CASE("an archive's text reads back, infeasible archs included") {
  const ToySpace space;
  Archive archive;
  const std::vector<Evaluated> told = {{space.smallest(), 0.1, 0},
                                       {space.largest(), std::nan(""), 0.3}};
  archive.add(told);
  const Archive back = Archive::parse(space, archive.text(), "a");
  REQUIRE(back.size() == 2);
  CHECK(back.all()[0].objective == 0.1);
  CHECK(std::isnan(back.all()[1].objective));
  CHECK(back.all()[1].violation == 0.3);
  CHECK(back.text() == archive.text());
}

TEST_CASE("a damaged archive names its line") {
  const ToySpace space;
  const auto damaged = [&](const std::string& text) {
    return error_text<IoError>([&] { Archive::parse(space, text, "saved"); });
  };
  const std::string good = "0.5 0 0,0,-,-,0,-,-,0\n";
  CHECK(damaged(good + "0.5 0\n") == "saved:2: expected 'objective violation choices [trade-off]'");
  CHECK(damaged(good + good) == "saved:2: this arch is there twice");
  CHECK(damaged(good + "0.5") == "saved:2: the last line is cut off");
  CHECK(damaged("nan 0 0,0,-,-,0,-,-,0\n") ==
        "saved:1: expected 'objective violation choices [trade-off]'");
  CHECK(damaged("- 0 0,0,-,-,0,-,-,0\n") ==
        "saved:1: expected 'objective violation choices [trade-off]'");
}

TEST_CASE("a strategy's state names the strategy and its generation") {
  const ToySpace space;
  ArchiveState state;
  state.generation = 7;
  const Evaluated told{space.smallest(), 0.5, 0};
  state.archive.add({&told, 1});
  const std::string text = state.text("random");
  CHECK(ArchiveState::parse(space, text, "random").generation == 7);
  CHECK(ArchiveState::parse(space, text, "random").text("random") == text);
  CHECK(error_text<IoError>([&] { ArchiveState::parse(space, text, "evolution"); }) ==
        "saved state of a search strategy: must begin with 'evolution 1 GENERATION', got "
        "'random 1 7'");
  CHECK_THROWS_AS(ArchiveState::parse(space, "", "random"), IoError);
  CHECK_THROWS_AS(ArchiveState::parse(space, "random 1 -2\n", "random"), IoError);
}

}  // namespace
}  // namespace tailor::search
