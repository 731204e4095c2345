// Shape rules of concat, reshape, channel shuffle and resample.
#include "supernet/ops/layout.h"

#include <algorithm>

#include "supernet/ops/rules.h"

namespace tailor {

Shape Concat::shape(const OpInputs& in) const {
  const auto shapes = many_inputs(in, 2);
  Shape out = shapes[0];
  if (axis < 1 || axis >= static_cast<int64_t>(out.size())) {
    throw ShapeError(str("axis ", axis, " is not in [1, ", out.size(), ")"));
  }
  const auto along = static_cast<size_t>(axis);
  for (size_t i = 1; i < shapes.size(); ++i) {
    for (size_t d = 0; d < out.size(); ++d) {
      if (d != along && shapes[i][d] != out[d]) {
        throw ShapeError(str("cannot join ", shape_text(shapes[0]), " and ", shape_text(shapes[i]),
                             " along ", axis));
      }
    }
    out[along] += shapes[i][along];
  }
  return out;
}

void Concat::visit(AttrVisitor& visitor) { visitor.on("axis", axis); }

Shape Reshape::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 0);
  if (x.empty() || std::count(to.begin(), to.end(), -1) > 1) {
    throw ShapeError(str("cannot reshape ", shape_text(x), " to ", shape_text(to)));
  }
  const int64_t elements = numel(x) / x[0];
  Shape given = to;
  std::erase(given, -1);
  const int64_t known = numel(given);
  Shape out = {x[0]};
  for (int64_t size : to) out.push_back(size == -1 ? elements / std::max<int64_t>(known, 1) : size);
  if (numel(out) != numel(x)) {
    throw ShapeError(str("cannot reshape ", shape_text(x), " to ", shape_text(out)));
  }
  return out;
}

void Reshape::visit(AttrVisitor& visitor) { visitor.on("to", to); }

Shape ChannelShuffle::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  if (groups < 1 || x[1] % groups != 0) {
    throw ShapeError(str(x[1], " channels do not divide into ", groups, " groups"));
  }
  return x;
}

void ChannelShuffle::visit(AttrVisitor& visitor) { visitor.on("groups", groups); }

Shape Resample::shape(const OpInputs& in) const {
  const Shape& x = one_input(in, 4);
  if (mode != "nearest" && mode != "bilinear") {
    throw ShapeError(str("mode '", mode, "' is not nearest or bilinear"));
  }
  if (up < 1 || down < 1) throw ShapeError(str("factor ", up, "/", down, " cannot be"));
  return {x[0], x[1], numel({x[2], up}) / down, numel({x[3], up}) / down};
}

void Resample::visit(AttrVisitor& visitor) {
  visitor.on("mode", mode);
  visitor.on("up", up);
  visitor.on("down", down);
}

}  // namespace tailor
