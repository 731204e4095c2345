// covers: trainers/gradient/binary_gates.cpp, trainers/gradient/relaxed_gates.cpp
#include "trainers/gradient/gates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

using Values = std::vector<double>;

std::unique_ptr<Gates> gates(const std::string& name, const std::string& yaml = "") {
  return builtin_gates().make(ConfigNode::parse("name: " + name + "\n" + yaml, "g.yaml"));
}

// proxylessnas at bf58b5c, run with PyTorch 1.13.
const Values kAlpha = {.1, -.2, .3, 0, .05, -.4, .2};
const Values kByGate = {.5, -1, 2, .25, -.75, 1.5, 0};
const Values kProbabilities = {.1531396, .1134486, .1870451, .1385664,
                               .1456709, .0928839, .1692454};
const Values kByAlpha = {.0150191, -.1590465, .2989120, -.0210518, -.1678020, .1019934, -.0680241};

void check_close(const Values& got, const Values& want, double margin) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < want.size(); ++i) CHECK(got[i] == Approx(want[i]).margin(margin));
}

double sum_exp(const Values& x) {
  double sum = 0;
  for (const double v : x) sum += std::exp(v);
  return sum;
}

}  // namespace

TEST_CASE("softmax: probabilities, large values, what is no number") {
  check_close(softmax(kAlpha), kProbabilities, 1e-7);
  check_close(softmax(Values{1000, 1000}), {0.5, 0.5}, 0);
  const double infinity = std::numeric_limits<double>::infinity();
  check_close(softmax(Values{-infinity, 0}), {0, 1}, 0);
  CHECK(test::error_text<Error>([&] {
          softmax(Values{-infinity, -infinity});
        }) == "no path is left: every probability is 0");
  CHECK(test::error_text<Error>([&] {
          softmax(Values{0, std::nan("")});
        }) == "an architecture parameter is not a number");
}

TEST_CASE("all paths: gradients by gates become those of the authors' code") {
  const auto full = gates("full");
  Rng rng(1);
  const GateDraw draw = full->draw(kAlpha, rng);
  check_close(full->alpha_gradient(draw, 7, kByGate), kByAlpha, 1e-7);
  CHECK(std::accumulate(draw.gates.begin(), draw.gates.end(), 0.0) == 1);
  CHECK(std::count(draw.gates.begin(), draw.gates.end(), 1.0) == 1);
  CHECK_FALSE(full->recomputes());
  CHECK(gates("full_recompute")->recomputes());
}

TEST_CASE("two paths: gradient, step and rescaling as in the authors' code") {
  const auto two = gates("two_path");
  const GateDraw draw{{2, 4}, {1, 0}, softmax(Values{kAlpha[2], kAlpha[4]})};
  check_close(draw.probabilities, {.5621765, .4378235}, 1e-7);
  const Values gradient = two->alpha_gradient(draw, 7, Values{2, -.75});
  check_close(gradient, {0, 0, .6768688, 0, -.6768688, 0, 0}, 2e-7);
  Values alpha = kAlpha;
  for (size_t i = 0; i < alpha.size(); ++i) alpha[i] -= 0.1 * gradient[i];
  check_close({alpha[2], alpha[4]}, {.2323131, .1176869}, 1e-7);
  two->settle(draw, kAlpha, alpha);
  check_close({alpha[2], alpha[4]}, {.2384639, .1238376}, 2e-7);
  CHECK(std::exp(alpha[2]) + std::exp(alpha[4]) == Approx(2.4011299).epsilon(1e-7));
  CHECK(sum_exp(alpha) == Approx(sum_exp(kAlpha)).epsilon(1e-14));
}

TEST_CASE("two paths: drawn without replacement, the active one by its share of the pair") {
  const auto two = gates("two_path");
  Rng rng(3);
  Values first(7, 0), active(7, 0);
  const int n = 40000;
  for (int i = 0; i < n; ++i) {
    const GateDraw draw = two->draw(kAlpha, rng);
    REQUIRE(draw.options.size() == 2);
    REQUIRE(draw.options[0] != draw.options[1]);
    first[draw.options[0]] += 1.0 / n;
    active[draw.options[draw.gates[0] == 1 ? 0 : 1]] += 1.0 / n;
  }
  check_close(first, kProbabilities, 0.01);
  // The pair decides again, so the likely ones gain a little less than drawn alone.
  CHECK(active[2] > active[0]);
  CHECK(active[5] < active[1]);
  // One path alone is left where the others cannot be drawn.
  const double infinity = std::numeric_limits<double>::infinity();
  const GateDraw alone = two->draw(Values{-infinity, 0, -infinity}, rng);
  CHECK(alone.options == std::vector<size_t>{1});
  CHECK(alone.gates == Values{1});
}

TEST_CASE("every gate: the gradient is that of the mean, by finite differences") {
  // d/d alpha of sum_k d_k gate_k(alpha): exact for relaxed gates under the same noise, and for the
  // probabilities behind binary ones.
  const double h = 1e-6;
  for (const std::string name : {"darts", "gumbel", "full"}) {
    INFO(name);
    const auto one = gates(name, name == "gumbel" ? "temperature: 0.7\n" : "");
    Rng seed(5);
    const auto weights = [&](const Values& alpha) {
      Rng rng = seed;
      const GateDraw draw = one->draw(alpha, rng);
      return name == "full" ? draw.probabilities : draw.gates;
    };
    Rng rng = seed;
    const Values got = one->alpha_gradient(one->draw(kAlpha, rng), 7, kByGate);
    for (size_t i = 0; i < kAlpha.size(); ++i) {
      Values up = kAlpha, down = kAlpha;
      up[i] += h;
      down[i] -= h;
      const Values a = weights(up), b = weights(down);
      double difference = 0;
      for (size_t k = 0; k < a.size(); ++k) difference += kByGate[k] * (a[k] - b[k]) / (2 * h);
      CHECK(got[i] == Approx(difference).margin(1e-8));
    }
  }
}

TEST_CASE("Gumbel gates: the largest is each option as often as its probability says") {
  const auto gumbel = gates("gumbel", "temperature: 0.5\n");
  Rng rng(9);
  Values largest(7, 0);
  const int n = 40000;
  for (int i = 0; i < n; ++i) {
    const Values g = gumbel->draw(kAlpha, rng).gates;
    largest[static_cast<size_t>(std::max_element(g.begin(), g.end()) - g.begin())] += 1.0 / n;
  }
  check_close(largest, kProbabilities, 0.01);
}
