// Values: Python 3.11's `random`; draws of once-for-all's sampling (its own functions, seeds as in
// its training loop).
#include "core/python_random.h"

#include "core/error.h"
#include "core/str.h"
#include "tests/support/catch.h"

using namespace tailor;

namespace {

template <class T>
std::string draws(PythonRandom& random, const std::vector<T>& items, int count,
                  const char* separator = "") {
  std::vector<T> out;
  for (int i = 0; i < count; ++i) out.push_back(random.choice(items));
  return join(out, separator);
}

/// Kernels, ratios and depths of a subnet, in the authors' order.
std::string mobile_draw(uint64_t seed, int blocks, int stages) {
  PythonRandom random(seed);
  const std::string ks = draws(random, std::vector<int>{3, 5, 7}, blocks);
  const std::string e = draws(random, std::vector<int>{3, 4, 6}, blocks);
  return ks + " " + e + " " + draws(random, std::vector<int>{2, 3, 4}, stages);
}

}  // namespace

TEST_CASE("words, bits and fractions are Python's") {
  PythonRandom random((uint64_t{1} << 40) + 7);
  CHECK(random.getrandbits(32) == 2635837658U);
  CHECK(random.getrandbits(32) == 3209733218U);
  CHECK(random.next() == 3500038837U);
  CHECK(random.getrandbits(40) == 1039115507387U);
  CHECK(random.getrandbits(64) == 10521851240000246337U);
  CHECK(random.getrandbits(1) == 1);
  CHECK(random.random() == 0.47592409887048936);
  CHECK(random.below(1000) == 970);
  CHECK(random.choices(std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) == 6);
}

TEST_CASE("the generator goes on beyond its first block of words") {
  PythonRandom random(5489);
  std::vector<uint32_t> words;
  for (int i = 0; i < 2000; ++i) words.push_back(random.next());
  CHECK(words[0] == 3382763572U);
  CHECK(words[623] == 2520172305U);
  CHECK(words[624] == 3103970926U);
  CHECK(words[1999] == 3857853497U);
}

TEST_CASE("seeds of one and of two words differ") {
  CHECK(PythonRandom(0).random() == 0.8444218515250481);
  CHECK(PythonRandom(uint64_t{1} << 32).next() == 485306839U);
}

TEST_CASE("what cannot be drawn is refused") {
  PythonRandom random(1);
  CHECK_THROWS_AS(random.below(0), Error);
  CHECK_THROWS_AS(random.choice(std::vector<int>{}), Error);
  CHECK_THROWS_AS(random.choices(std::vector<int>{}), Error);
  CHECK_THROWS_AS(random.getrandbits(0), Error);
  CHECK_THROWS_AS(random.getrandbits(65), Error);
  CHECK_THROWS_AS(ofa_subnet_seed(1, 1000), Error);
  CHECK_THROWS_AS(ofa_subnet_seed(-1, 0), Error);
}

TEST_CASE("OFA-MobileNetV3's subnets are drawn as the authors draw them") {
  struct Row {
    int64_t step, subnet;
    uint64_t seed;
    std::string draw;
  };
  for (const Row& row : std::vector<Row>{
           {0, 0, 0, "55357555557373533757 66343636446344466364 34324"},
           {0, 1, 1000, "57355353753373575377 43433664346646336463 42442"},
           {1, 0, 1000000, "33335735733373535577 43644443646666463634 42432"},
           {1, 1, 1001000, "75773355375555557573 43436346443363463666 44333"},
           {12345, 0, 12345000000, "33335355773555577557 46646643666633346343 32322"},
           {12345, 1, 12345001000, "35335353757557573753 46643463644636446643 42223"}}) {
    CHECK(ofa_subnet_seed(row.step, row.subnet) == row.seed);
    CHECK(mobile_draw(row.seed, 20, 5) == row.draw);
  }
}

TEST_CASE("OFA-ProxylessNAS' subnets are drawn as the authors draw them") {
  // The last stage's depth is drawn too and then set to 1.
  CHECK(mobile_draw(1000000, 21, 6).substr(0, 43 + 1 + 5) ==
        "333357357333735355775 364444364666646363463 43233");
}

TEST_CASE("OFA-ResNet50D's subnets are drawn as the authors draw them") {
  PythonRandom random(1000000);
  CHECK(draws(random, std::vector<double>{0.2, 0.25, 0.35}, 18, " ") ==
        "0.2 0.2 0.2 0.2 0.25 0.35 0.2 0.25 0.35 0.2 0.2 0.2 0.35 0.2 0.25 0.2 0.25 0.25");
  // The stem's residual layer is kept (2) or not (0); the larger comes first.
  CHECK(draws(random, std::vector<int>{2, 0}, 1) == "0");
  CHECK(draws(random, std::vector<int>{0, 1, 2}, 4) == "0211");
  CHECK(draws(random, std::vector<int>{0, 1, 2}, 6) == "110212");
}

TEST_CASE("OFA's image sizes are drawn as the authors draw them") {
  std::vector<int> sizes;
  for (int r = 128; r <= 224; r += 4) sizes.push_back(r);
  struct Row {
    int64_t batch, epoch;
    uint64_t seed;
    int size;
  };
  for (const Row& row : std::vector<Row>{{0, 0, 0, 212},
                                         {1, 0, 1000, 204},
                                         {2, 0, 2000, 172},
                                         {3, 0, 3000, 188},
                                         {0, 1, 1, 140},
                                         {17, 5, 17005, 220}}) {
    CHECK(ofa_resolution_seed(row.batch, row.epoch) == row.seed);
    PythonRandom random(row.seed);
    CHECK(random.choices(sizes) == row.size);
  }
}
