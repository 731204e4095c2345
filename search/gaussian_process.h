// What the value of an arch may be, given the values of a few others: a Gaussian process over the
// choices of any space.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::search {

/// The prior is a sum of four parts, from the smoothest to the finest: a smooth function of each
/// axis group's mean choice and of its share of slots that matter; a line over every slot's place
/// between its smallest and largest choice; a number for every choice; and interactions, which
/// decay with the share of slots that differ. The parts' variances and the noise are those under
/// which the values are most probable.
/// Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1
/// and section 5.4.
class GaussianProcess {
 public:
  /// space: must outlive this.
  explicit GaussianProcess(const SearchSpace& space);
  ~GaussianProcess();

  /// Finds the variances; O(n^3) for a hundred steps. Throws Error for fewer than two archs,
  /// lengths that differ, or a value that is not finite.
  void learn(std::span<const Arch> archs, std::span<const double> values);
  /// Takes values as seen, with the variances learned before; O(n^3). Throws like learn.
  void condition(std::span<const Arch> archs, std::span<const double> values);

  /// One standard deviation of what an arch's value would be without noise.
  struct Prediction {
    double mean = 0, deviation = 0;
  };
  std::vector<Prediction> predict(std::span<const Arch> archs) const;
  /// Row-major [n, n], without noise; its diagonal holds the squares of the deviations.
  std::vector<double> covariance(std::span<const Arch> archs) const;
  /// Variance of the noise.
  double noise() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailor::search
