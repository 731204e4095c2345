// Shapes of weight references, names of roles.
#include "supernet/space/weight_ref.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace tailor {
namespace {

constexpr std::array<std::pair<Role, const char*>, 7> kRoles = {{
    {Role::weight, "weight"},
    {Role::bias, "bias"},
    {Role::scale, "scale"},
    {Role::shift, "shift"},
    {Role::running_mean, "running_mean"},
    {Role::running_var, "running_var"},
    {Role::transform, "transform"},
}};

Shape folded(const WeightRef& ref, int64_t Dim::*field) {
  Shape shape;
  if (ref.fold.empty()) {
    for (const Dim& dim : ref.dims) shape.push_back(dim.*field);
    return shape;
  }
  size_t next = 0;
  for (int factors : ref.fold) {
    int64_t size = 1;
    for (int i = 0; i < factors; ++i) size *= ref.dims[next++].*field;
    shape.push_back(size);
  }
  return shape;
}

}  // namespace

int64_t numel(const Shape& shape) {
  int64_t product = 1;
  for (int64_t size : shape) {
    if (__builtin_mul_overflow(product, size, &product)) {
      throw ShapeError(str(shape_text(shape), " is too large"));
    }
  }
  return product;
}

std::string shape_text(const Shape& shape) { return str("[", join(shape, ", "), "]"); }

std::string role_name(Role role) {
  for (const auto& [value, name] : kRoles) {
    if (value == role) return name;
  }
  throw Error("role without a name");
}

Role parse_role(const std::string& name) {
  for (const auto& [value, text] : kRoles) {
    if (name == text) return value;
  }
  throw IoError(str("'", name, "' is not the role of a weight"));
}

double draw_initial(Init init, Rng& rng) {
  switch (init) {
    case Init::normal:
      return 0.02 * rng.normal();
    case Init::decay:
      return std::log(1 + 15 * rng.uniform());
    case Init::step: {
      const double step = std::exp(std::log(1e-3) + std::log(100.0) * rng.uniform());
      return step + std::log(-std::expm1(-step));
    }
    case Init::uniform:
      return rng.uniform();
    default:
      throw Error("an initialiser that depends on a shape, or draws nothing");
  }
}

Shape WeightRef::full_shape() const { return folded(*this, &Dim::full); }

Shape WeightRef::used_shape() const {
  Shape shape = folded(*this, &Dim::count);
  for (const WeightStep& step : steps) {
    const int64_t size = std::get<KernelTransform>(step).size;
    shape[shape.size() - 1] = shape[shape.size() - 2] = size;
  }
  return shape;
}

int64_t WeightRef::used_elements() const {
  if (!steps.empty()) return numel(used_shape());
  int64_t product = 1;
  for (const Dim& dim : dims) product *= dim.count;
  return product;
}

WeightRef whole_weight(std::string name, Role role, Init init, const Shape& shape) {
  WeightRef ref{.name = std::move(name), .role = role, .init = init};
  for (int64_t size : shape) ref.dims.push_back({size, 0, size, ""});
  return ref;
}

}  // namespace tailor
