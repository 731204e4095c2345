// Features of archs.
#include "predictors/features.h"

#include <set>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

std::vector<double> features_of(const ArchFeatures& features, const Arch& arch) {
  std::vector<double> out(features.size());
  features.fill(arch, out);
  return out;
}

}  // namespace

TEST_CASE("the parts follow one another and begin with the space's encoding") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ArchFeatures features(*space);
  REQUIRE(features.parts().size() == 4);
  size_t end = 0;
  for (const ArchFeatures::Part& part : features.parts()) {
    CHECK(part.begin == end);
    CHECK(part.end > part.begin);
    end = part.end;
  }
  CHECK(end == features.size());
  std::vector<float> one_hot(space->encoding_size());
  space->encode(space->largest(), one_hot);
  const std::vector<double> all = features_of(features, space->largest());
  CHECK(std::equal(one_hot.begin(), one_hot.end(), all.begin()));
}

TEST_CASE("different archs have different features, all in [0, 1]") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    const ArchFeatures features(*space);
    std::set<std::vector<double>> seen;
    for (const Arch& arch : space->enumerate()) {
      const std::vector<double> x = features_of(features, arch);
      CHECK(seen.insert(x).second);
      for (double value : x) CHECK((value >= -1e-12 && value <= 1 + 1e-12));
    }
  }
}

TEST_CASE("the largest arch is 1 in costs, the smallest 0") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ArchFeatures features(*space);
  const size_t costs = features.parts()[3].begin;
  const std::vector<double> largest = features_of(features, space->largest());
  const std::vector<double> smallest = features_of(features, space->smallest());
  for (size_t i = costs; i < features.size(); ++i) {
    CHECK(largest[i] == Approx(1));
    CHECK(smallest[i] == Approx(0).margin(1e-12));
  }
}

TEST_CASE("slots that do not matter are zero, their group's share says so") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const ArchFeatures features(*space);
  const std::vector<double> x = features_of(features, space->parse("ks=5,5,3 e=3 d=1,1 r=16"));
  const size_t slots = features.parts()[1].begin;
  const auto at = [&](const char* group, int slot) {
    return x[slots + static_cast<size_t>(space->axis_index(group, slot))];
  };
  CHECK(at("ks", 0) == 1);
  CHECK(at("ks", 1) == 0);
  CHECK(x[features.parts()[2].begin + 2] == Approx(2.0 / 3));  // ks: two of three slots
}

TEST_CASE("archs of another space and wrong room are refused") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto other = test::space_of(test::kTinyResNet);
  const ArchFeatures features(*space);
  std::vector<double> out(features.size());
  CHECK_THROWS_WITH(features.fill(other->smallest(), out),
                    Catch::Contains("is not of space 'tiny'"));
  out.pop_back();
  CHECK_THROWS_AS(features.fill(space->smallest(), out), Error);
}
