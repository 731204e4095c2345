// Robust figures of a list of times.
#pragma once

#include <span>

namespace tailor::hw {

/// The middle value, or the mean of the two middle ones. Throws Error for an empty list.
double median(std::span<const double> values);

/// Half the width of the 95 % confidence interval of the median, divided by the median. The
/// interval lies between order statistics n/2 -+ 0.98 sqrt(n), so no distribution is assumed; below
/// six values it is the whole range. 1 for a single value: nothing is known about it.
/// Source: Hahn and Meeker, Statistical Intervals (1991), section 5.2.
double median_spread(std::span<const double> values);

/// Do the values fall into two groups? True when the best split into two has at least a fifth on
/// either side, and the groups' means are further apart than 3 % of the median and than four times
/// the deviation within the groups. Below eight values nothing can be said: false.
bool is_bimodal(std::span<const double> values);

/// One figure for the runs of a chunk: the mean of the middle half, which ignores interruptions.
/// Where the clock is coarse (few distinct values, more than 5 % apart) the mean of all, which
/// averages the rounding out. Throws Error for an empty list.
double chunk_value(std::span<const double> runs);

}  // namespace tailor::hw
