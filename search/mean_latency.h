// Several measurements of one network, each of a preparation of its own, as one figure.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "supernet/space/arch.h"

namespace tailor::search {

/// What is known of every arch that was measured. Two preparations of one network differ by more
/// than either measurement's interval says (where its memory lies, what the caches hold): how much
/// is learned from all archs that were measured more than once. So a mean's variance has two parts,
/// one from within the measurements and one from between preparations (random effects).
class MeanLatency {
 public:
  struct Figure {
    double ms = 0;      ///< mean
    double spread = 0;  ///< half the 95 % confidence interval of the mean, relative
    int64_t count = 0;  ///< measurements
  };

  /// spread: half the 95 % confidence interval of this measurement, relative. Throws Error for a
  /// time that is not finite and above zero.
  void add(const Arch& arch, double measured_ms, double spread);

  int64_t count(const Arch& arch) const;
  /// Throws Error for an arch that was not measured.
  Figure of(const Arch& arch) const;
  /// The same, had the arch been measured `count` times with the mean it has now.
  Figure after(const Arch& arch, int64_t count) const;
  /// Relative standard deviation between preparations.
  double between() const;
  /// The spread to be expected of a network that is measured `count` times: by the median of all
  /// measurements, a few of which a busy machine may have made ten times as wide as the others.
  double expected_spread(int64_t count) const;

 private:
  struct Known {
    std::vector<double> ms, spreads;
    double mean() const;
  };
  const Known& known(const Arch& arch) const;

  std::map<Arch, Known> known_;
};

}  // namespace tailor::search
