// Angles of rotary positions.
#include "supernet/ops/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

/// The pair, as a fraction of pairs, that turns so many times over the context.
double pair_of_turns(double theta, const RopeScaling& s, double turns, int64_t pairs) {
  const auto context = static_cast<double>(s.context);
  return static_cast<double>(pairs) * std::log(context / (turns * 2 * std::numbers::pi)) /
         std::log(theta);
}

/// How much of its own rate a pair keeps: 1 all, 0 none.
double kept(double theta, const RopeScaling& s, double rate, int64_t pair, int64_t pairs) {
  if (s.kind == "linear") return 0;
  if (s.kind == "llama3") {
    const double turns = static_cast<double>(s.context) * rate / (2 * std::numbers::pi);
    return std::clamp((turns - s.slow) / (s.fast - s.slow), 0.0, 1.0);
  }
  const double first = std::max(std::floor(pair_of_turns(theta, s, s.fast, pairs)), 0.0);
  const double most = static_cast<double>(2 * pairs - 1);
  const double last = std::min(std::ceil(pair_of_turns(theta, s, s.slow, pairs)), most);
  const double width = last == first ? 1e-3 : last - first;
  return 1 - std::clamp((static_cast<double>(pair) - first) / width, 0.0, 1.0);
}

Shape turned(const OpInputs& in, double theta) {
  const Shape& x = one_input(in, 4);
  if (x[3] % 2 != 0) throw ShapeError(str("wants an even head size, got ", x[3]));
  if (!(theta > 0)) throw ShapeError(str("theta must be above 0, got ", theta));
  return x;
}

}  // namespace

RopeScaling RopeScaling::of(const std::string& kind, double factor) {
  RopeScaling out{.kind = kind, .factor = factor};
  if (kind == "yarn") {
    out.fast = 32;
    out.amplitude = 0.1 * std::log(factor) + 1;
  }
  return out;
}

std::string RopeScaling::complaint() const {
  const auto& kinds = rope_scaling_kinds();
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
    return str("scaling must be one of ", join(kinds, ", "), ", got ", kind);
  }
  if (!(factor >= 1)) return str("factor must be at least 1, got ", number(factor));
  if (context < 1) return str("context must be at least 1, got ", context);
  if (!(slow < fast))
    return str("slow must be below fast, got ", number(slow), " and ", number(fast));
  if (kind != "yarn" && amplitude != 1) return str("amplitude is for yarn alone, not ", kind);
  return "";
}

std::string RopeScaling::text() const {
  if (none()) return kind;
  return str(kind, " factor=", number(factor), " slow=", number(slow), " fast=", number(fast),
             " amplitude=", number(amplitude), " context=", context);
}

const std::vector<std::string>& rope_scaling_kinds() {
  static const std::vector<std::string> kinds = {"none", "linear", "llama3", "yarn"};
  return kinds;
}

Shape Rotary::shape(const OpInputs& in) const { return turned(in, theta); }

void Rotary::visit(AttrVisitor& visitor) { visitor.on("theta", theta); }

Shape ScaledRotary::shape(const OpInputs& in) const {
  if (const std::string wrong = scaling.complaint(); !wrong.empty()) throw ShapeError(wrong);
  return turned(in, theta);
}

void ScaledRotary::visit(AttrVisitor& visitor) {
  visitor.on("theta", theta);
  visitor.on("scaling", scaling.kind);
  visitor.on("factor", scaling.factor);
  visitor.on("slow", scaling.slow);
  visitor.on("fast", scaling.fast);
  visitor.on("amplitude", scaling.amplitude);
  visitor.on("context", scaling.context);
}

std::vector<double> rotary_rates(double theta, const RopeScaling& scaling, int64_t pairs) {
  std::vector<double> out;
  for (int64_t i = 0; i < pairs; ++i) {
    const double rate = std::pow(theta, -static_cast<double>(i) / static_cast<double>(pairs));
    const double share = scaling.none() ? 1 : kept(theta, scaling, rate, i, pairs);
    out.push_back(rate * (share + (1 - share) / scaling.factor));
  }
  return out;
}

}  // namespace tailor
