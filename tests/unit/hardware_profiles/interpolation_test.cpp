// Interpolating between entries: exact where the model is, close on a roofline, silent out of
// reach.
#include "hardware_profiles/interpolation.h"

#include <algorithm>
#include <cmath>

#include "hardware_profiles/profile.h"
#include "supernet/space/block_enumeration.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

std::string linear_key(int64_t width) {
  return str("f32 in[1, ", width, "]; linear() of 0 w[", width, ", ", width, "] -> [1, ", width,
             "]");
}

TableEntry entry(double ms) { return {"block", ms, 0.01, 10, ""}; }

}  // namespace

TEST_CASE("the work model finds the prices that times were made with") {
  std::vector<WorkModel::Counts> counts;
  std::vector<double> ms;
  for (int i = 1; i <= 12; ++i) {
    counts.push_back({1e4 * (20 - i), 1e6 * i * i, 1.0 + i % 4});
    ms.push_back(3e-7 * counts.back()[0] + 2e-8 * counts.back()[1] + 0.01 * counts.back()[2]);
  }
  const WorkModel model(counts, ms, std::vector<double>(ms.size(), 1));
  CHECK(model({0, 0, 1}) == Approx(0.01).epsilon(1e-3));
  CHECK(model({0, 1e6, 0}) == Approx(0.02).epsilon(1e-3));
  CHECK(model({1e6, 0, 0}) == Approx(0.3).epsilon(1e-3));
}

TEST_CASE("prices are never negative") {
  const std::vector<WorkModel::Counts> counts = {{0, 10, 1}, {0, 20, 1}, {0, 40, 1}};
  const std::vector<double> ms = {4, 3, 2};  // more work, less time
  const WorkModel model(counts, ms, std::vector<double>(ms.size(), 1));
  CHECK(model({0, 1, 0}) >= 0);
  CHECK(model({0, 0, 1}) > 0);
}

TEST_CASE("an entry answers for itself, and a size between two gets a time between") {
  LatencyTable table;
  table.insert(linear_key(64), entry(1));
  table.insert(linear_key(128), entry(3));
  const Interpolation interpolation(table);
  CHECK(interpolation.find(*key_shape(linear_key(64)))->ms == Approx(1).epsilon(1e-6));
  const auto between = interpolation.find(*key_shape(linear_key(96)));
  REQUIRE(between);
  CHECK(between->neighbours == 2);
  CHECK(between->ms > 1);
  CHECK(between->ms < 3);
}

TEST_CASE("a disturbed entry hardly counts") {
  LatencyTable table;
  table.insert(linear_key(64), entry(1));
  table.insert(linear_key(128), entry(4));
  table.insert(linear_key(88), {"disturbed", 50, 3, 10, ""});
  LatencyTable clean;
  clean.insert(linear_key(64), entry(1));
  clean.insert(linear_key(128), entry(4));
  const double with = Interpolation(table).find(*key_shape(linear_key(96)))->ms;
  CHECK(with == Approx(Interpolation(clean).find(*key_shape(linear_key(96)))->ms).epsilon(0.05));
}

TEST_CASE("out of reach or of another kind there is no answer") {
  LatencyTable table;
  table.insert(linear_key(64), entry(1));
  table.insert("a key of another form", entry(1));
  const Interpolation interpolation(table);
  CHECK(interpolation.find(*key_shape(linear_key(72))));
  CHECK_FALSE(interpolation.find(*key_shape(linear_key(4096))));
  CHECK_FALSE(interpolation.find(*key_shape("f32 in[1, 64]; relu() of 0 -> [1, 64]")));
  CHECK_FALSE(Interpolation(LatencyTable()).find(*key_shape(linear_key(64))));
}

TEST_CASE("left-out blocks of a space on a roofline are found again closely") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  const Roofline roofline{.gmacs_per_s = 20, .gbytes_per_s = 10, .node_us = 1};
  LatencyTable table;
  std::vector<BlockSite> left_out;
  size_t n = 0;
  for (const BlockSite& site : enumerate_blocks(*space, {})) {
    if (n++ % 3 == 0) {
      left_out.push_back(site);
    } else {
      table.insert(site.block->key, entry(block_ms(roofline, *site.block, Precision::f32)));
    }
  }
  const Interpolation interpolation(table);
  std::vector<double> errors;
  for (const BlockSite& site : left_out) {
    const auto found = interpolation.find(*key_shape(site.block->key));
    if (!found) continue;
    errors.push_back(std::abs(found->ms / block_ms(roofline, *site.block, Precision::f32) - 1));
  }
  CHECK(errors.size() >= left_out.size() - 2);  // all but single ones, such as the stem
  std::sort(errors.begin(), errors.end());
  CHECK(errors[errors.size() / 2] < 0.01);
  CHECK(errors.back() < 0.15);
}
