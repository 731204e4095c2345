// Flattening the problem, and a bound on rounding.
#include "search/exact/terms.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tailor::search::exact {
namespace {

/// Exponent of the lowest bit that is set in a finite value other than 0.
int lowest_bit(double value) {
  int exponent = 0;
  auto mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  int shift = 0;
  while ((mantissa & 1) == 0) {
    mantissa /= 2;
    ++shift;
  }
  return exponent - 53 + shift;
}

/// What is known of the numbers of one sum.
struct Magnitude {
  double largest = 0;  ///< no partial sum is larger, in absolute value
  double range = 0;
  int lowest = std::numeric_limits<int>::max();  ///< of all bits set
  size_t count = 1;

  void see(double value) {
    if (value != 0) lowest = std::min(lowest, lowest_bit(value));
  }
  void add(const std::vector<double>& values) {
    double low = std::numeric_limits<double>::infinity(), high = -low, most = 0;
    for (const double value : values) {
      if (!std::isfinite(value)) continue;
      see(value);
      most = std::max(most, std::abs(value));
      low = std::min(low, value);
      high = std::max(high, value);
    }
    largest += most;
    if (high > low) range += high - low;
    ++count;
  }
  /// Adding n numbers errs by n * 2^-53 * the sum of their sizes to first order; two ways of
  /// adding, and differences and interpolations of such sums in hulls, by less than 32 times that.
  double slack() const { return 32 * static_cast<double>(count) * std::ldexp(largest, -53); }
  bool exact() const {
    return largest == 0 || largest < std::ldexp(1.0, std::min(lowest + 53, 1023));
  }
};

}  // namespace

double Term::at(const std::vector<Code>& codes) const {
  size_t index = 0;
  for (size_t i = 0; i < axes.size(); ++i)
    index += static_cast<size_t>(codes[axes[i]]) * strides[i];
  return (*values)[index];
}

Terms::Terms(const ExactProblem& p)
    : problem(p),
      axes(p.space.axes()),
      open(axes.size()),
      children(axes.size()),
      touching(axes.size()) {
  TAILOR_CHECK(!p.only || p.only->allowed.size() == axes.size(), "restriction of another space");
  for (size_t i = 0; i < axes.size(); ++i) {
    for (size_t c = 0; c < axes[i].values.size(); ++c) {
      const bool distinct = axes[i].same_as[c] == static_cast<int>(c);
      if (distinct && (!p.only || p.only->allowed[i][c])) {
        open[i].push_back(static_cast<Code>(c + 1));
      }
    }
    if (axes[i].parent >= 0) children[static_cast<size_t>(axes[i].parent)].push_back(i);
  }
  for (size_t s = 0; s <= p.costs.size(); ++s) {
    constant.push_back(sum(s).constant());
    TAILOR_CHECK(std::isfinite(constant[s]), "a sum has the constant ", constant[s]);
    Magnitude magnitude;
    magnitude.add({constant[s]});
    for (const Factor& factor : sum(s).factors()) {
      TAILOR_CHECK(factor.values.size() == FactorSum::entries(p.space, factor.axes),
                   "a table of another space");
      magnitude.add(factor.values);
      add_term(s, factor.axes, factor.values);
    }
    slack.push_back(magnitude.slack());
    exact.push_back(magnitude.exact());
    range.push_back(magnitude.range);
  }
  if (p.only) add_couplings(p.only->couplings);
}

void Terms::add_term(size_t s, const std::vector<size_t>& term_axes,
                     const std::vector<double>& values) {
  Term& term = terms.emplace_back(Term{s, term_axes, {}, &values});
  size_t stride = values.size();
  for (const size_t axis : term_axes) {
    stride /= axes[axis].values.size() + 1;
    term.strides.push_back(stride);
    touching[axis].push_back(terms.size() - 1);
  }
}

/// What a coupling forbids is out of reach as an entry that no arch leads to.
void Terms::add_couplings(const std::vector<Coupling>& all) {
  couplings.reserve(all.size());  // terms point at them
  for (const Coupling& each : all) {
    const size_t width = axes[each.follower].values.size() + 1;
    std::vector<double>& values = couplings.emplace_back();
    values.assign(width * (each.choice.size() + 1), 0.0);
    for (size_t c = 0; c < each.choice.size(); ++c) {
      for (size_t held = 0; each.choice[c] >= 0 && held + 1 < width; ++held) {
        if (held == static_cast<size_t>(each.choice[c])) continue;
        values[(c + 1) * width + held + 1] = std::numeric_limits<double>::quiet_NaN();
      }
    }
    add_term(0, {each.leader, each.follower}, values);
  }
}

std::vector<Code> Terms::codes(const Arch& arch) {
  std::vector<Code> out;
  for (const int8_t choice : arch.choices()) out.push_back(static_cast<Code>(choice + 1));
  return out;
}

Arch Terms::arch(const std::vector<Code>& codes) const {
  std::vector<int8_t> choices;
  for (const Code code : codes) choices.push_back(static_cast<int8_t>(code > 0 ? code - 1 : 0));
  return problem.space.arch(choices);
}

}  // namespace tailor::search::exact
