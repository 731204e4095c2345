// Angles of rotary positions.
#include "supernet/ops/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "supernet/ops/rules.h"

namespace tailor {
namespace {

/// The pair, as a fraction of pairs, that turns so many times over the context.
double pair_of_turns(const Rotary& op, double turns, int64_t pairs) {
  const double context = static_cast<double>(op.scaling.context);
  return static_cast<double>(pairs) * std::log(context / (turns * 2 * std::numbers::pi)) /
         std::log(op.theta);
}

/// How much of its own rate a pair keeps: 1 all, 0 none.
double kept(const Rotary& op, double rate, int64_t pair, int64_t pairs) {
  const RopeScaling& s = op.scaling;
  if (s.kind == "linear") return 0;
  if (s.kind == "llama3") {
    const double turns = static_cast<double>(s.context) * rate / (2 * std::numbers::pi);
    return std::clamp((turns - s.slow) / (s.fast - s.slow), 0.0, 1.0);
  }
  const double first = std::max(std::floor(pair_of_turns(op, s.fast, pairs)), 0.0);
  const double most = static_cast<double>(2 * pairs - 1);
  const double last = std::min(std::ceil(pair_of_turns(op, s.slow, pairs)), most);
  const double width = last == first ? 1e-3 : last - first;
  return 1 - std::clamp((static_cast<double>(pair) - first) / width, 0.0, 1.0);
}

}  // namespace

std::string RopeScaling::text() const {
  if (none()) return kind;
  return str("{kind: ", kind, ", factor: ", number(factor), ", slow: ", number(slow),
             ", fast: ", number(fast), ", amplitude: ", number(amplitude), ", context: ", context,
             "}");
}

const std::vector<std::string>& rope_scaling_kinds() {
  static const std::vector<std::string> kinds = {"none", "linear", "llama3", "yarn"};
  return kinds;
}

Shape Rotary::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  if (x[3] % 2 != 0) throw ShapeError(str("wants an even head size, got ", x[3]));
  if (!(theta > 0)) throw ShapeError(str("theta must be above 0, got ", theta));
  const auto& kinds = rope_scaling_kinds();
  if (std::find(kinds.begin(), kinds.end(), scaling.kind) == kinds.end()) {
    throw ShapeError(str("scaling must be one of ", join(kinds, ", "), ", got ", scaling.kind));
  }
  if (!(scaling.factor > 0) || scaling.context < 1 || !(scaling.slow < scaling.fast)) {
    throw ShapeError(str("scaling ", scaling.text(), " is out of range"));
  }
  return x;
}

void Rotary::visit(AttrVisitor& visitor) {
  visitor.on("theta", theta);
  visitor.on("scaling", scaling.kind);
  if (scaling.none()) return;
  visitor.on("factor", scaling.factor);
  visitor.on("slow", scaling.slow);
  visitor.on("fast", scaling.fast);
  visitor.on("amplitude", scaling.amplitude);
  visitor.on("context", scaling.context);
}

std::vector<double> Rotary::rates(int64_t pairs) const {
  std::vector<double> out;
  for (int64_t i = 0; i < pairs; ++i) {
    const double rate = std::pow(theta, -static_cast<double>(i) / static_cast<double>(pairs));
    const double share = scaling.none() ? 1 : kept(*this, rate, i, pairs);
    out.push_back(rate * (share + (1 - share) / scaling.factor));
  }
  return out;
}

}  // namespace tailor
