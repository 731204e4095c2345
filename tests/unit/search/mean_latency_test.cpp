// Means of repeated measurements, and how sure they are.
#include "search/mean_latency.h"

#include <cmath>

#include "core/error.h"
#include "core/rng.h"
#include "tests/support/catch.h"
#include "tests/support/toy_space.h"

namespace tailor::search {
namespace {

struct Archs {
  test::ToySpace space{1};
  std::vector<Arch> all = space.enumerate();
};

TEST_CASE("a mean's interval shrinks with the root of its measurements") {
  const Archs archs;
  MeanLatency m;
  m.add(archs.all[0], 10, 0.02);
  const double once = m.of(archs.all[0]).spread;
  CHECK(once > 0.02);  // another preparation may differ by more
  CHECK(m.after(archs.all[0], 4).spread == Approx(once / 2));
  m.add(archs.all[0], 10, 0.02);
  CHECK(m.of(archs.all[0]).ms == Approx(10));
  CHECK(m.of(archs.all[0]).count == 2);
  CHECK(m.of(archs.all[0]).spread < once / std::sqrt(2.0));  // and they agreed
  CHECK(m.expected_spread(2) == Approx(m.of(archs.all[0]).spread));
}

TEST_CASE("a few measurements beside a busy neighbour do not make all others uncertain") {
  const Archs archs;
  MeanLatency m;
  for (size_t i = 0; i < 9; ++i) m.add(archs.all[i], 10, i < 3 ? 0.3 : 0.02);
  MeanLatency calm;
  for (size_t i = 3; i < 9; ++i) calm.add(archs.all[i], 10, 0.02);
  CHECK(m.expected_spread(4) == Approx(calm.expected_spread(4)));
}

TEST_CASE("preparations that differ widen every interval") {
  const Archs archs;
  MeanLatency m;
  m.add(archs.all[0], 10, 0.01);
  const double before = m.of(archs.all[0]).spread;
  for (double ms : {10.0, 11.0, 9.0, 10.5}) m.add(archs.all[1], ms, 0.01);
  CHECK(m.of(archs.all[0]).spread > 2 * before);
}

TEST_CASE("the interval holds the truth about as often as it says") {
  const Archs archs;
  int held = 0, all = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Rng rng(seed);
    MeanLatency m;
    for (int i = 0; i < 6; ++i) {
      for (int k = 0; k < 3; ++k) {
        const double noise = 0.02 * rng.normal() + 0.01 * rng.normal();  // between, within
        m.add(archs.all[static_cast<size_t>(i)], 5 * (1 + noise), 1.96 * 0.01);
      }
    }
    for (int i = 0; i < 6; ++i) {
      const MeanLatency::Figure f = m.of(archs.all[static_cast<size_t>(i)]);
      held += std::abs(f.ms / 5 - 1) <= f.spread ? 1 : 0;
      ++all;
    }
  }
  CHECK(held > 0.92 * all);
  CHECK(held < 0.99 * all);
}

TEST_CASE("what was not measured, or is no time, is refused") {
  const Archs archs;
  MeanLatency m;
  CHECK(m.count(archs.all[0]) == 0);
  CHECK_THROWS_AS(m.of(archs.all[0]), Error);
  CHECK_THROWS_AS(m.add(archs.all[0], -1, 0), Error);
  CHECK_THROWS_AS(m.add(archs.all[0], NAN, 0), Error);
  CHECK_THROWS_AS(m.add(archs.all[0], 1, -0.1), Error);
}

}  // namespace
}  // namespace tailor::search
