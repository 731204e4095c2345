// A program of somebody else's: its own space, its own estimators, the search engine alone.
#include <iostream>

#include "search/driver.h"
#include "search/function_estimator.h"

class Kitchen : public tailor::SearchSpace {
 public:
  Kitchen()
      : SearchSpace("kitchen", {tailor::number_axis("cups", 0, "left", {1, 2, 3, 4}),
                                tailor::number_axis("cups", 1, "right", {1, 2, 3, 4})}) {}

 protected:
  void build(const tailor::Arch&, tailor::NetworkBuilder&) const override {}
};

int main() {
  using namespace tailor::search;
  const Kitchen space;
  const FunctionEstimator taste("taste", [&](const tailor::Arch& a) {
    return 2 * space.value(a, "cups", 0) + space.value(a, "cups", 1);
  });
  const FunctionEstimator weight("weight", [&](const tailor::Arch& a) {
    return space.value(a, "cups", 0) + space.value(a, "cups", 1);
  });
  const SearchResult result = run_search(
      {.space = space, .objective = &taste, .constraints = {{{"weight", 5, ""}, &weight}}},
      choose_strategy(tailor::ConfigNode::empty("options")), {.evaluations = 16});
  std::cout << space.print(result.best.arch) << " taste " << result.best.values[0] << "\n";
}
