// Weights and inputs by formula, as the reference implementations were filled for golden values.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "supernet/torch/parameter_store.h"

namespace tailor::test {

/// Hash of a counter to [-1, 1): splitmix64's finaliser.
inline double noise(uint64_t i, uint64_t j) {
  uint64_t z = ((i << 32) + j + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-53 * 2 - 1;
}

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// How far weights lie from the usual start of training. `wide`: the fill of the published facts,
/// whose outputs are large; `plain`: an ordinary initialisation.
struct Fill {
  double variance = 0.5, mean = 0.1, matrix = 0.05, bias = 0.1, scale = 0.25, last_scale = 0.4,
         weight = 6;
};
inline constexpr Fill kWide;
inline constexpr Fill kPlain = {0, 0, 0, 0.01, 0.1, 1, 3};

/// Element j of the parameter with this key, numbered `rank` among all keys.
inline double fill_value(const std::string& key, const Shape& shape, uint64_t rank, int64_t j,
                         const Fill& by) {
  const double u = noise(rank, static_cast<uint64_t>(j));
  if (ends_with(key, "running_var")) return 1 + by.variance * u;
  if (ends_with(key, "running_mean")) return by.mean * u;
  if (ends_with(key, "_matrix")) return (j / shape[0] == j % shape[0] ? 1 : 0) + by.matrix * u;
  if (ends_with(key, "bias")) return by.bias * u;
  // Small last norms keep the sums of a residual network's blocks in range.
  const bool last = key.find("conv3.bn") != std::string::npos;
  if (shape.size() == 1) return (last ? by.last_scale : 1) + by.scale * u;
  return u *
         std::sqrt(by.weight / (static_cast<double>(numel(shape)) / static_cast<double>(shape[0])));
}

/// By the rank of its key among all. False when two parameters have one key.
inline bool fill_by_key(supernet::ParameterStore& store,
                        const std::function<std::string(const std::string&)>& key_of,
                        const Fill& by = kWide) {
  std::map<std::string, const supernet::Parameter*> by_key;  // std::string compares by bytes
  for (const supernet::Parameter& p : store.parameters()) by_key[key_of(p.name)] = &p;
  if (by_key.size() != store.parameters().size()) return false;
  uint64_t rank = 0;
  for (const auto& [key, p] : by_key) {
    ++rank;
    auto* out = store.view(p->name).data_ptr<float>();
    for (int64_t j = 0; j < numel(p->shape); ++j) {
      out[j] = static_cast<float>(fill_value(key, p->shape, rank, j, by));
    }
  }
  return true;
}

/// A supernet under its published keys.
inline bool fill(const SearchSpace& space, supernet::ParameterStore& store,
                 const Fill& by = kWide) {
  return fill_by_key(
      store, [&](const std::string& name) { return space.published_name(name); }, by);
}

inline at::Tensor golden_input(int64_t batch, int64_t size = 64) {
  at::Tensor x = at::empty({batch, 3, size, size});
  for (int64_t j = 0; j < x.numel(); ++j) {
    x.data_ptr<float>()[j] = static_cast<float>(1.5 * noise(1000000, static_cast<uint64_t>(j)));
  }
  return x;
}

}  // namespace tailor::test
