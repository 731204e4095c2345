#include "trainers/gradient/objective.h"

#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

std::unique_ptr<GradientObjective> objective(const std::string& name,
                                             const std::string& yaml = "") {
  return builtin_objectives().make(ConfigNode::parse("name: " + name + "\n" + yaml, "o.yaml"));
}

ObjectiveTerms terms_at(const GradientObjective& o, double ce, double mean) {
  const TargetState state{"latency_ms", 80, mean};
  return o.terms(ce, {&state, 1});
}

}  // namespace

TEST_CASE("mul_log and add_linear: values of the authors' code") {
  const auto mul = objective("mul_log");
  const auto add = objective("add_linear");
  CHECK(terms_at(*mul, 2, 80).loss == Approx(.4).epsilon(1e-12));
  CHECK(terms_at(*mul, 2, 100).loss == Approx(.4060048).epsilon(1e-6));
  CHECK(terms_at(*mul, 2, 60).loss == Approx(.3919339).epsilon(1e-6));
  CHECK(terms_at(*add, 2, 80).loss == Approx(2.0).epsilon(1e-12));
  CHECK(terms_at(*add, 2, 100).loss == Approx(2.025).epsilon(1e-12));
  CHECK(terms_at(*add, 2, 60).loss == Approx(1.975).epsilon(1e-12));
  CHECK(mul->metric() == "latency_ms");
  CHECK_FALSE(add->every_limit());
  CHECK(test::error_text<Error>([&] {
          terms_at(*mul, 2, 0.9);
        }).find("must be above 1: mean 0.9") != std::string::npos);
}

TEST_CASE("every objective: derivatives are those of the loss") {
  for (const std::string name : {"mul_log", "add_linear", "constrained", "cross_entropy"}) {
    INFO(name);
    const auto o = objective(name);
    if (o->every_limit()) o->set_state(std::vector<double>{0.7});
    const double h = 1e-5;
    const ObjectiveTerms terms = terms_at(*o, 1.7, 93);
    CHECK(terms.by_cross_entropy ==
          Approx((terms_at(*o, 1.7 + h, 93).loss - terms_at(*o, 1.7 - h, 93).loss) / (2 * h))
              .epsilon(1e-7));
    CHECK(terms.by_mean.at(0) ==
          Approx((terms_at(*o, 1.7, 93 + h).loss - terms_at(*o, 1.7, 93 - h).loss) / (2 * h))
              .margin(1e-9));
  }
}

TEST_CASE("constrained: multipliers bring a mean to its limit from either side") {
  // Cross entropy falls as networks grow: CE = 3 - mean / 60, or rises: nobody wants large ones.
  for (const double slope : {-1.0 / 60, 1.0 / 400}) {
    for (const double start : {150.0, 40.0}) {
      const auto o = objective("constrained", "aim: 1\nstep: 0.05\npenalty: 2\n");
      o->set_state(std::vector<double>{0});
      TargetState state{"latency_ms", 80, start};
      for (int i = 0; i < 4000; ++i) {
        const ObjectiveTerms terms = o->terms(3 + slope * state.mean, {&state, 1});
        const TargetState before = state;
        state.mean -= 30 * (slope + terms.by_mean[0]);
        o->stepped({&before, 1});
      }
      CHECK(state.mean == Approx(80).epsilon(1e-3));
      CHECK(o->state()[0] == Approx(-slope * 80).epsilon(0.02));
    }
  }
}

TEST_CASE("constrained: the multipliers are state, others have none") {
  const auto a = objective("constrained"), b = objective("constrained");
  const TargetState state{"macs", 100, 130};
  a->set_state(std::vector<double>{0});
  b->set_state(std::vector<double>{0});
  for (int i = 0; i < 5; ++i) a->stepped({&state, 1});
  b->set_state(a->state());
  CHECK(a->terms(1, {&state, 1}).loss == b->terms(1, {&state, 1}).loss);
  CHECK(a->state()[0] > 0);
  CHECK(objective("add_linear")->state().empty());
  CHECK_THROWS_AS(objective("add_linear")->set_state(std::vector<double>{1}), Error);
}
