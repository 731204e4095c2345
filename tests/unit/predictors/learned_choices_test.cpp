#include "predictors/learned_choices.h"

#include <cmath>

#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

/// Of the tiny fbnet: its first place is learned, the second is fixed to its last choice.
LearnedChoices sample(const SearchSpace& space) {
  LearnedChoices out;
  out.base = space.parse("op=k3_e1_g2,k5_e3,k3_e1_g2 r=16");
  out.slots.push_back({"stage1.block1", {0}, {{0}, {1}}, {std::log(0.3), std::log(0.7)}});
  out.slots.push_back({"stage2.block1", {2}, {{0}, {1}, {2}}, {-1, -2, -3}});
  return out;
}

}  // namespace

TEST_CASE("learned choices: the sum of an arch's log-probabilities") {
  const auto space = test::space_of(test::kTinyFbnet);
  const auto estimator = sample(*space).estimator(*space);
  CHECK(estimator->metric() == "log_probability");
  const auto value = [&](const std::string& ops) {
    return estimate_one(*estimator, space->parse("op=" + ops + " r=16"));
  };
  CHECK(value("skip,k5_e3,k5_e3") == Approx(std::log(0.3) - 3).epsilon(1e-14));
  CHECK(value("k3_e1_g2,k5_e3,skip") == Approx(std::log(0.7) - 1).epsilon(1e-14));
  CHECK(std::isnan(value("k5_e3,k5_e3,skip")));  // not an option of the search
  CHECK(std::isnan(value("skip,skip,skip")));    // the second place was fixed
  CHECK(estimator->factor_sum(nullptr).has_value());
}

TEST_CASE("learned choices: slots that do not matter count nothing") {
  const auto space = test::space_of(test::kTinyMobileNet);
  LearnedChoices learned;
  learned.base = space->largest();
  const auto axis = [&](const char* group, int slot) {
    return static_cast<size_t>(space->axis_index(group, slot));
  };
  learned.slots.push_back({"d", {axis("d", 0)}, {{0}, {1}}, {-0.5, -1}});
  learned.slots.push_back({"block2",
                           {axis("ks", 1), axis("e", 1)},
                           {{0, 0}, {0, 1}, {1, 0}, {1, 1}},
                           {-1, -2, -3, -4}});
  learned.slots.push_back({"block1",
                           {axis("ks", 0), axis("e", 0)},
                           {{0, 0}, {0, 1}, {1, 0}, {1, 1}},
                           {-5, -6, -7, -8}});
  const auto estimator = learned.estimator(*space);
  CHECK(estimate_one(*estimator, space->parse("ks=3,3,3 e=2,2,3 d=2,1 r=20")) == Approx(-7));
  CHECK(estimate_one(*estimator, space->parse("ks=3,3,3 e=2,2,3 d=1,1 r=20")) == Approx(-5.5));
}

TEST_CASE("learned choices: the file reads back, and says what is wrong with it") {
  const auto space = test::space_of(test::kTinyFbnet);
  const test::TempDir folder;
  const std::string path = folder.file("architecture.yaml");
  const std::string text = sample(*space).text(*space);
  write_file(path, text);
  const LearnedChoices back = LearnedChoices::load(*space, path);
  CHECK(back.text(*space) == text);
  const auto error = [&](const std::string& from, const std::string& to) {
    write_file(path, test::replaced(text, from, to));
    return test::error_text<ConfigError>([&] { LearnedChoices::load(*space, path); });
  };
  CHECK(error("format_version: 1", "format_version: 7").find("must be 1, got 7") !=
        std::string::npos);
  CHECK(error("tiny_fbnet", "other").find("must be 'tiny_fbnet', got 'other'") !=
        std::string::npos);
  CHECK(error("op.2", "op.9").find("has no axis 'op.9'") != std::string::npos);
  CHECK(error("\"skip\"], log", "\"hop\"], log").find("has no choice 'hop'") != std::string::npos);
}
