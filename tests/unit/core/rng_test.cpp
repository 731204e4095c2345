#include "core/rng.h"

#include <cmath>
#include <set>

#include "core/error.h"

#include "tests/support/catch.h"

using namespace tailor;

TEST_CASE("the generator gives the numbers of xoshiro256** seeded by splitmix64") {
  // Source: the authors' C code, seed 42; pins the streams of every saved result.
  Rng rng(42);
  CHECK(rng.next() == 1546998764402558742ULL);
  CHECK(rng.next() == 6990951692964543102ULL);
  CHECK(rng.next() == 12544586762248559009ULL);
}

TEST_CASE("a fork depends on seed and name, not on what was drawn") {
  Rng a(7);
  const Rng untouched(7);
  a.next();
  CHECK(a.fork("mutation", {1, 2}).next() == untouched.fork("mutation", {1, 2}).next());
  std::set<uint64_t> different = {
      a.fork("mutation").seed(),         a.fork("mutation", {0}).seed(),
      a.fork("mutation", {0, 0}).seed(), a.fork("mutation", {1, 2}).seed(),
      a.fork("mutation", {2, 1}).seed(), a.fork("crossover", {1, 2}).seed(),
      Rng(8).fork("mutation").seed(),    a.fork("a").fork("b").seed(),
      a.fork("b").fork("a").seed()};
  CHECK(different.size() == 9);
}

TEST_CASE("below is uniform and stays inside") {
  Rng rng(1);
  std::vector<int> counts(6);
  for (int i = 0; i < 60000; ++i) ++counts[static_cast<size_t>(rng.below(6))];
  for (const int count : counts) CHECK(std::abs(count - 10000) < 500);
  CHECK(rng.below(1) == 0);
  for (int i = 0; i < 100; ++i) CHECK(rng.below(INT64_MAX) >= 0);
  CHECK_THROWS_AS(rng.below(0), Error);
}

TEST_CASE("uniform and normal have their moments") {
  Rng rng(2);
  double sum = 0, normal_sum = 0, normal_squares = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    if (u < 0 || u >= 1) FAIL("outside [0, 1)");
    sum += u;
    const double z = rng.normal();
    normal_sum += z;
    normal_squares += z * z;
  }
  CHECK(sum / n == Approx(0.5).margin(0.01));
  CHECK(normal_sum / n == Approx(0).margin(0.02));
  CHECK(normal_squares / n == Approx(1).margin(0.02));
}

TEST_CASE("a permutation holds every index once") {
  Rng rng(3);
  const auto items = rng.permutation(100);
  CHECK(std::set<int64_t>(items.begin(), items.end()).size() == 100);
  CHECK(items != Rng(4).permutation(100));
  CHECK(rng.permutation(0).empty());
  CHECK_THROWS_AS(rng.permutation(-1), Error);
}
