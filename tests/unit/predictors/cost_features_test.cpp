#include "predictors/cost_features.h"

#include "core/error.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;

TEST_CASE("totals are the sum of the blocks, as parts of the largest arch's") {
  for (const char* yaml : test::kTinySpaces) {
    const auto space = test::space_of(yaml);
    const CostFeatures features(*space);
    Rng rng(1);
    for (int i = 0; i < 5; ++i) {
      const Arch arch = i == 0 ? space->largest() : space->sample(rng);
      INFO(space->print(arch));
      std::vector<double> x(features.size());
      features.fill(arch, x);
      for (size_t k = 0; k < CostFeatures::kKinds; ++k) {
        double sum = 0;
        for (size_t at = CostFeatures::kKinds + k; at < features.choices_begin();
             at += CostFeatures::kKinds) {
          sum += x[at];
        }
        CHECK(x[k] == Approx(sum));
        if (i == 0) CHECK((x[k] == 0 || x[k] == Approx(1)));
      }
    }
  }
}

TEST_CASE("a block's work tells depthwise and grouped convolutions from dense ones") {
  const auto space = test::space_of(test::kTinyFbnet);
  const NetworkSpec network = space->lower(space->parse("op=k3_e1_g2,k5_e3,skip r=16"));
  const Block& grouped = *network.blocks[1].block;
  const CostFeatures::Work work = block_work(grouped);
  CHECK(work[0] == 2 * 8 * 4 * 64);  // two 1x1 convolutions of 8 channels in two groups
  CHECK(work[1] == 8 * 9 * 64);      // one 3x3 depthwise one
  CHECK(work[0] + work[1] == static_cast<double>(grouped.macs));
  CHECK(work[4] == static_cast<double>(grouped.nodes.size()));
  CHECK(work[6] == 2 * 8 * 64);
  CHECK(block_work(*network.blocks[2].block)[6] == 0);
}

TEST_CASE("cost features refuse archs of another space") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto other = test::space_of(test::kTinyResNet);
  const CostFeatures features(*space);
  std::vector<double> x(features.size());
  CHECK_THROWS_WITH(features.fill(other->smallest(), x),
                    Catch::Contains("is not of space 'tiny', which has"));
  CHECK_THROWS_AS(features.fill(space->smallest(), {x.data(), 3}), Error);
}
