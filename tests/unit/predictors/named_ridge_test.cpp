// Ridge over features that go by name.
#include "predictors/named_ridge.h"

#include <cmath>

#include "core/rng.h"
#include "tests/support/catch.h"

using namespace tailor;
using predict::fit_named_ridge;
using predict::NamedFeatures;
using predict::NamedRidge;

namespace {

/// 40 rows of a choice among four (values 0, 0.1, 0.2, 0.3) and a part that says nothing.
void samples(std::vector<NamedFeatures>& rows, std::vector<double>& values) {
  Rng rng(4);
  for (int i = 0; i < 40; ++i) {
    const int choice = i % 4;
    NamedFeatures row;
    row["choices"]["r=" + std::to_string(choice)] = 1;
    row["shares"]["a"] = rng.uniform();
    rows.push_back(row);
    values.push_back(0.1 * choice + 0.001 * rng.normal());
  }
}

const std::vector<std::string> kChoices = {"choices"}, kBoth = {"choices", "shares"};

}  // namespace

TEST_CASE("what each name is worth is found, and a part that says nothing is left out") {
  std::vector<NamedFeatures> rows;
  std::vector<double> values;
  samples(rows, values);
  const NamedRidge model = fit_named_ridge(rows, values, kBoth);
  for (size_t i = 0; i < rows.size(); ++i) CHECK(model(rows[i]) == Approx(values[i]).margin(0.01));
  CHECK(std::abs(model.weights.at("shares").at("a")) < 0.01);
}

TEST_CASE("names that a fit has not seen count nothing") {
  std::vector<NamedFeatures> rows;
  std::vector<double> values;
  samples(rows, values);
  const NamedRidge model = fit_named_ridge(rows, values, kChoices);
  CHECK(model({}) == model.bias);
  CHECK(model({{"choices", {{"r=9", 1}}}, {"other", {{"x", 5}}}}) == model.bias);
}

TEST_CASE("without parts it is the mean") {
  const std::vector<NamedFeatures> rows(3);
  const std::vector<double> values = {1, 2, 6};
  CHECK(fit_named_ridge(rows, values, {})({}) == Approx(3));
  CHECK(fit_named_ridge(rows, values, kBoth)({}) == Approx(3));
}
