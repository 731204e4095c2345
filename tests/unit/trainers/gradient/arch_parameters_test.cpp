#include "trainers/gradient/arch_parameters.h"

#include <cmath>
#include <limits>

#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

struct Setup {
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyFbnet);
  std::vector<BlockPlace> places = block_places(*space, {});
  Slots slots{*space, places, nullptr};

  ArchParameters parameters(double deviation = 0, AdamOptions adam = {}) const {
    return {slots, adam, deviation, Rng(1)};
  }
};

}  // namespace

TEST_CASE("architecture parameters: the first step is the learning rate, up or down") {
  const Setup s;
  ArchParameters p = s.parameters();
  SlotValues gradient = s.slots.zeros();
  gradient[0] = {3, -1e-4, 0};
  p.step(gradient);
  CHECK(p.alpha()[0][0] == Approx(-1e-3).epsilon(1e-6));
  CHECK(p.alpha()[0][1] == Approx(1e-3).epsilon(1e-3));
  CHECK(p.alpha()[0][2] == 0);
  CHECK(p.alpha()[1] == std::vector<double>(3, 0.0));
  CHECK(p.steps() == 1);
}

TEST_CASE("architecture parameters: Adam's second moment, against its formula") {
  const Setup s;
  ArchParameters p = s.parameters(0, {.lr = 0.01, .beta1 = 0.5, .beta2 = 0.9, .eps = 1e-8});
  SlotValues gradient = s.slots.zeros();
  double alpha = 0, m = 0, v = 0;
  for (int t = 1; t <= 20; ++t) {
    const double g = std::sin(t);
    gradient[1][2] = g;
    p.step(gradient);
    m = 0.5 * m + 0.5 * g;
    v = 0.9 * v + 0.1 * g * g;
    alpha -= 0.01 * (m / (1 - std::pow(0.5, t))) / (std::sqrt(v / (1 - std::pow(0.9, t))) + 1e-8);
  }
  CHECK(p.alpha()[1][2] == Approx(alpha).epsilon(1e-5));
}

TEST_CASE("architecture parameters: probabilities, entropy, the likeliest, draws") {
  const Setup s;
  ArchParameters p = s.parameters();
  CHECK(p.entropy() == Approx(std::log(3)).epsilon(1e-12));
  p.values(1)[2] = 2;
  CHECK(p.most_likely() == std::vector<size_t>{0, 2, 0});
  const SlotValues probabilities = p.probabilities();
  Rng rng(4);
  double share = 0;
  for (int i = 0; i < 10000; ++i) share += p.sample(rng)[1] == 2 ? 1e-4 : 0;
  CHECK(share == Approx(probabilities[1][2]).margin(0.02));
}

TEST_CASE("architecture parameters: what is not finite is refused, and named") {
  const Setup s;
  ArchParameters p = s.parameters(0.1);
  const SlotValues before = p.alpha();
  SlotValues gradient = s.slots.zeros();
  gradient[0] = {1, 1, 1};
  gradient[2][1] = std::nan("");
  CHECK(test::error_text<Error>([&] { p.step(gradient); }) ==
        "the gradient of the architecture parameters of slot 'stage2.block1' is not finite; lower "
        "the learning rates");
  CHECK(p.alpha() == before);
  p.values(1)[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK(test::error_text<Error>([&] {
          p.round();
        }).find("an architecture parameter of slot 'stage1.block2' is not a finite number") == 0);
  CHECK(test::error_text<Error>([&] { p.probabilities(); }) ==
        "slot 'stage1.block2': an architecture parameter is not a number");
  const double infinity = std::numeric_limits<double>::infinity();
  for (double& each : p.values(1)) each = -infinity;
  CHECK(test::error_text<Error>([&] { p.probabilities(); }) ==
        "slot 'stage1.block2': no path is left: every probability is 0");
}

TEST_CASE("architecture parameters: state goes on to the same bits") {
  const Setup s;
  ArchParameters a = s.parameters(0.1), b = s.parameters(0.3);
  SlotValues gradient = s.slots.zeros();
  const auto step = [&](ArchParameters& p, int t) {
    for (auto& slot : gradient) {
      for (double& g : slot) g = std::cos(++t);
    }
    p.step(gradient);
    p.round();
  };
  for (int t = 0; t < 7; ++t) step(a, t);
  b.set_state(a.state());
  for (int t = 7; t < 12; ++t) {
    step(a, t);
    step(b, t);
  }
  CHECK(a.alpha() == b.alpha());
  CHECK(a.state() == b.state());
  CHECK(b.steps() == 12);
  CHECK_THROWS_AS(b.set_state(std::vector<float>(3)), IoError);
}
