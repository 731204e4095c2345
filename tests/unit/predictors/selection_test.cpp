// Choosing an accuracy predictor.
#include "predictors/selection.h"

#include <map>

#include "core/error.h"
#include "core/interrupt.h"
#include "tests/support/accuracy_samples.h"
#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::predict;

namespace {

Selection select(const SearchSpace& space, const AccuracyTable& table,
                 const std::string& config = "{mlp: {epochs: 60}}", SelectionOptions options = {}) {
  return select_accuracy_predictor(builtin_accuracy_predictors(), space, table,
                                   ConfigNode::parse(config, "fit.yaml"), options, Rng(3));
}

}  // namespace

TEST_CASE("five folds of 100 noisy archs rank with tau of 0.7 or more") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const Selection s = select(*space, test::made_up_table(*space, 100, 0.003, 1), "");
  CHECK(s.best().quality.kendall_tau >= 0.7);
  REQUIRE(s.rows.size() == builtin_accuracy_predictors().names().size());
  for (const SelectionRow& row : s.rows) {
    CHECK(row.out_of_fold.size() == 100);
    CHECK(row.quality.kendall_tau <= s.best().quality.kendall_tau);
  }
  CHECK(s.predictor->kind() == s.name);
}

namespace {

/// Knows the archs it has learned from, and calls every other one 0.
class Memory : public Predictor {
 public:
  std::string kind() const override { return "memory"; }
  std::string metric() const override { return "accuracy"; }
  void fit(std::span<const Arch> archs, std::span<const double> values, const Rng&) override {
    known_.clear();
    for (size_t i = 0; i < archs.size(); ++i) known_[archs[i]] = values[i];
  }
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override {
    for (size_t i = 0; i < archs.size(); ++i) {
      const auto found = known_.find(archs[i]);
      out[i].value = found == known_.end() ? 0 : found->second;
    }
  }
  TensorFile to_file() const override { return {}; }
  void from_file(const TensorFile&) override {}

 private:
  std::map<Arch, double> known_;
};

std::unique_ptr<Predictor> make_memory(const ConfigNode&, const SearchSpace&) {
  return std::make_unique<Memory>();
}

}  // namespace

TEST_CASE("out-of-fold values come from fits that have not seen the arch") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable table = test::made_up_table(*space, 30, 0.003, 1);
  PredictorRegistry registry("accuracy predictor");
  registry.add("memory", "by heart", make_memory);
  const Selection s =
      select_accuracy_predictor(registry, *space, table, ConfigNode::empty("fit.yaml"), {}, Rng(3));
  CHECK(s.rows[0].out_of_fold == std::vector<double>(30, 0));
  for (size_t i = 0; i < table.size(); ++i) {
    CHECK(estimate_one(*s.predictor, table.archs[i]) == table.accuracy[i]);
  }
}

TEST_CASE("the same stream chooses the same, to the bit") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable table = test::made_up_table(*space, 40, 0.003, 1);
  const Selection a = select(*space, table), b = select(*space, table);
  CHECK(a.name == b.name);
  CHECK(a.quality_yaml(5) == b.quality_yaml(5));
  CHECK(a.rows[0].out_of_fold == b.rows[0].out_of_fold);
  CHECK(a.predictor->to_file().serialize() == b.predictor->to_file().serialize());
}

TEST_CASE("the chosen one has learned from all archs") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable table = test::made_up_table(*space, 40, 0.003, 1);
  const Selection s = select(*space, table, "", {.predictors = {"ridge"}});
  auto all = builtin_accuracy_predictors().create("ridge", ConfigNode::empty("c"), *space);
  all->fit(table.archs, table.accuracy, Rng(3));
  CHECK(s.rows.size() == 1);
  CHECK(s.predictor->to_file().serialize() == all->to_file().serialize());
}

TEST_CASE("quality.yaml names the choice and every predictor's figures") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const Selection s = select(*space, test::made_up_table(*space, 30, 0.003, 1));
  const ConfigNode file = ConfigNode::parse(s.quality_yaml(5), "quality.yaml");
  std::string chosen;
  file.read("chosen", chosen, {.required = true});
  CHECK(chosen == s.name);
  CHECK(file.child("predictors").keys() == builtin_accuracy_predictors().names());
}

TEST_CASE("too few archs, unknown options and unknown names are refused") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  const AccuracyTable few = test::made_up_table(*space, 4, 0.003, 1);
  CHECK_THROWS_WITH(select(*space, few), Catch::Contains("at least 5 evaluated archs, got 4"));
  const AccuracyTable table = test::made_up_table(*space, 20, 0.003, 1);
  CHECK_THROWS_AS(select(*space, table, "{mlp: {epoch: 3}}"), ConfigError);
  CHECK_THROWS_AS(select(*space, table, "", {.predictors = {"oracle"}}), UnknownNameError);
  const PredictorRegistry registry = builtin_accuracy_predictors();
  CHECK_THROWS_AS(
      SelectionOptions::read(ConfigNode::parse("predictors: [oracle]", "fit.yaml"), registry),
      ConfigError);
}

TEST_CASE("an interrupt ends it between folds") {
  const auto space = test::space_of(test::kMiddleMobileNet);
  set_interrupted(true);
  CHECK_THROWS_AS(select(*space, test::made_up_table(*space, 20, 0.003, 1)), Interrupted);
  set_interrupted(false);
}
