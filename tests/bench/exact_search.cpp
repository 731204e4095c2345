// Exact search of the whole OFA-MobileNetV3 space under a latency limit, with random but plausible
// tables: latency by (image size, kernel, expansion) of each block, accuracy by single choices.
//
//   bench_exact_search [repeats] [several | rounded]
//
// One line a problem: image sizes, limit, milliseconds (median of `repeats`, 5), optimum, relaxed
// points kept. With `several`: two limits at once. With `rounded`:
// entries in hundredths and the same table for blocks of one shape, so that many archs cost the
// same but for rounding, and lie exactly at the limit.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <string>

#include "search/exact/exact.h"
#include "tests/support/spaces.h"

namespace tailor::search {
namespace {

/// Milliseconds or MACs of a block, by image size, kernel and expansion.
double block_cost(const Axis& size, size_t r, double kernel, double expand, int slot) {
  constexpr double kWidth[] = {24, 40, 80, 112, 160}, kStride[] = {4, 8, 16, 16, 32};
  const double width = kWidth[slot / 4], pixels = std::pow(size.values[r] / kStride[slot / 4], 2);
  const double middle = width * expand * (slot % 4 == 0 ? 0.7 : 1.0);
  return pixels * middle * (2 * width + kernel * kernel);
}

/// noise: relative, a draw of its own for each entry; 0 for exact counts. rounded: to hundredths,
/// the same for every block of one shape.
FactorSum block_tables(const SearchSpace& space, double unit, double constant, double noise,
                       bool rounded = false) {
  const auto size = static_cast<size_t>(space.axis_index("r", 0));
  Rng rng(5);
  std::vector<Factor> factors;
  for (int slot = 0; slot < 20; ++slot) {
    const auto ks = static_cast<size_t>(space.axis_index("ks", slot));
    const auto e = static_cast<size_t>(space.axis_index("e", slot));
    Factor factor{{ks, e, size}, {}};
    std::sort(factor.axes.begin(), factor.axes.end());
    TAILOR_CHECK(factor.axes.back() == size && factor.axes.front() == ks, "axes in another order");
    for (size_t k = 0; k <= 3; ++k) {
      for (size_t x = 0; x <= 3; ++x) {
        for (size_t r = 0; r <= space.axes()[size].values.size(); ++r) {
          const bool there = k > 0 && x > 0 && r > 0;
          const double cost =
              there ? block_cost(space.axes()[size], r - 1, space.axes()[ks].values[k - 1],
                                 space.axes()[e].values[x - 1], slot)
                    : 0;
          const double noisy = cost * unit * (1 + noise * rng.normal());
          factor.values.push_back(rounded ? std::round(noisy * 100) / 100 : noisy);
        }
      }
    }
    if (rounded && slot % 4 > 1) factor.values = factors.back().values;
    factors.push_back(std::move(factor));
  }
  return FactorSum(space, constant, std::move(factors));
}

/// Gains that shrink with size, as a ridge fit finds them, with noise.
FactorSum accuracy(const SearchSpace& space) {
  Rng rng(6);
  std::vector<Factor> factors;
  for (size_t a = 0; a < space.axes().size(); ++a) {
    const Axis& axis = space.axes()[a];
    const double weight = axis.group == "r" ? 0.02 : axis.group == "d" ? 0.004 : 0.0015;
    Factor& factor = factors.emplace_back(Factor{{a}, {0}});
    for (const double value : axis.values) {
      const double gain = weight * std::log(value / axis.values[0]);
      factor.values.push_back(gain + 0.1 * weight * rng.normal());
    }
  }
  return FactorSum(space, 0.7, std::move(factors));
}

void report(const ExactProblem& problem, const ExactOptions& options, int repeats,
            const std::string& name) {
  std::vector<double> ms;
  ExactResult result;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    result = solve_exact(problem, options);
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - begin;
    ms.push_back(spent.count());
  }
  std::sort(ms.begin(), ms.end());
  std::cout << name << std::fixed << std::setprecision(2) << std::setw(10) << ms[ms.size() / 2]
            << std::setprecision(7) << std::setw(12) << result.solutions.front().objective
            << std::setprecision(3) << std::setw(10)
            << problem.costs[0].sum(result.solutions.front().arch) << std::setw(9) << result.points
            << (result.optimal ? "  proven" : "  not proven") << std::defaultfloat << std::endl;
}

int run(const std::vector<std::string>& words) {
  const int repeats = words.empty() ? 5 : std::stoi(words[0]);
  const bool several = words.size() > 1 && words[1] == "several";
  const bool rounded = words.size() > 1 && words[1] == "rounded";
  const char* const kFive = "space.resolutions=[128, 160, 176, 192, 224]";
  std::cout << "sizes  limit best        ms   objective      cost   points\n";
  for (const bool all_sizes : {false, true}) {
    const auto space =
        test::shipped_space("ofa_mobilenet_v3_w1.0", all_sizes ? std::vector<std::string>{}
                                                               : std::vector{std::string(kFive)});
    for (const double limit : {12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 60.0}) {
      ExactProblem problem{*space,
                           nullptr,
                           accuracy(*space),
                           {{block_tables(*space, 1e-7, 5, 0.05, rounded), limit}}};
      if (several) {
        problem.costs.push_back({block_tables(*space, 1, 8e6, 0), limit * 8e6});
        report(problem, {.seconds = 60}, 1, str(all_sizes ? "25     " : " 5     ", limit, "   1"));
        continue;
      }
      for (const int64_t best : {1, 100}) {
        report(problem, {.best = best}, repeats,
               str(all_sizes ? "25     " : " 5     ", limit, best == 1 ? "   1" : " 100"));
      }
    }
  }
  return 0;
}

}  // namespace
}  // namespace tailor::search

int main(int argc, char** argv) {
  try {
    return tailor::search::run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "bench_exact_search: " << error.what() << "\n";
    return 1;
  }
}
