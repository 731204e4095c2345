#include "supernet/space/choice_rule.h"

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::ToySpace;

namespace {

/// Values that a slot may hold, as text.
std::string left(const ToySpace& space, const Restriction& only, const std::string& group,
                 int slot) {
  const auto axis = static_cast<size_t>(space.axis_index(group, slot));
  std::vector<std::string> out;
  for (size_t c = 0; c < space.axes()[axis].names.size(); ++c) {
    if (only.allowed[axis][c]) out.push_back(space.axes()[axis].names[c]);
  }
  return join(out, " ");
}

std::string refused(const std::vector<ChoiceRule>& rules) {
  const ToySpace space;
  return error_text<ConfigError>([&] { restrict_by(space, rules); });
}

}  // namespace

TEST_CASE("slots read and print") {
  for (const char* text : {"ks", "ks[0]", "ks[3]", "ks[4:7]"}) {
    CHECK(ChoiceRule::of(text).slots() == text);
  }
  for (const char* text :
       {"ks[", "ks[]", "ks[a]", "ks[-1]", "ks[3:1]", "ks[1:]", "ks[1", "ks[1]x"}) {
    INFO(text);
    CHECK_THROWS_AS(ChoiceRule::of(text), ConfigError);
  }
}

TEST_CASE("every rule takes choices out") {
  const ToySpace space(2);
  ChoiceRule r = ChoiceRule::of("r"), ks = ChoiceRule::of("ks"), one = ChoiceRule::of("ks[1]"),
             e = ChoiceRule::of("e[2:4]");
  r.low = 18, r.high = 24;
  ks.values = {3, 5};
  one.values = {3}, one.forbidden = true;
  e.low = 4, e.forbidden = true;
  const Restriction only = restrict_by(space, std::vector{r, ks, one, e});
  CHECK(left(space, only, "r", 0) == "20 24");
  CHECK(left(space, only, "ks", 0) == "3 5");
  CHECK(left(space, only, "ks", 1) == "5");
  CHECK(left(space, only, "e", 1) == "2 4 6");
  CHECK(left(space, only, "e", 2) == "2");
  CHECK(left(space, only, "e", 4) == "2");
  CHECK(left(space, only, "e", 5) == "2 4 6");
  CHECK(left(space, only, "d", 1) == "1 2 3");
  CHECK(restrict_by(space, {}).allowed == space.restrict({}).allowed);
}

TEST_CASE("rules that cannot be kept are named") {
  ChoiceRule w = ChoiceRule::of("w"), far = ChoiceRule::of("ks[7]"), nine = ChoiceRule::of("ks"),
             none = ChoiceRule::of("ks[1]");
  CHECK(refused({w}).find("has no axis group 'w'; groups: d, ks, e, r") != std::string::npos);
  CHECK(refused({far}).find("has no ks[7]: slots of ks are 0 to 2") != std::string::npos);
  nine.values = {9};
  CHECK(refused({nine}).find("no slot of ks in 'toy' can be 9") != std::string::npos);
  none.low = 4, none.high = 4.5;
  CHECK(
      refused({none}).find("the rule for ks[1] leaves no choice for ks[1], which can be 3, 5, 7") !=
      std::string::npos);
}
