// From a language model's description to our space and arch.
#include <set>

#include "core/str.h"
#include "supernet/formats/lm_config.h"

namespace tailor {
namespace {

/// The distinct values of one of the layers' numbers, rising, without 0 but where it is alone.
template <class Get>
std::vector<int64_t> choices(const std::vector<LmLayer>& layers, const Get& get, bool with_zero) {
  std::set<int64_t> values;
  for (const LmLayer& layer : layers) {
    if (with_zero || get(layer) > 0) values.insert(get(layer));
  }
  return {values.begin(), values.end()};
}

std::string list(const std::vector<int64_t>& values) { return str("[", join(values, ", "), "]"); }

/// Linear mixers, then windowed and full attention; none before all of them.
std::vector<std::string> mixers_of(const std::vector<LmLayer>& layers) {
  std::set<std::string> names;
  for (const LmLayer& layer : layers) names.insert(layer.mixer);
  std::vector<std::string> out;
  if (names.erase("none")) out.emplace_back("none");
  const bool windowed = names.erase("swa") > 0, full = names.erase("attn") > 0;
  out.insert(out.end(), names.begin(), names.end());
  if (windowed) out.emplace_back("swa");
  if (full) out.emplace_back("attn");
  return out;
}

}  // namespace

std::string LmConfig::space_yaml() const {
  const auto of = [&](int64_t LmLayer::*part, bool with_zero = false) {
    return choices(
        layers, [&](const LmLayer& layer) { return layer.*part; }, with_zero);
  };
  std::string out = str(
      "family: hybrid_lm\nname: ", model_type, "\nvocab: ", vocab, "\nhidden: ", hidden,
      "\nlayers: ", layers.size(), "\ntied: ", tied ? "true" : "false",
      "\nrms_eps: ", number(rms_eps), "\nmixers: [", join(mixers_of(layers), ", "),
      "]\nmlp: ", list(of(&LmLayer::mlp, true)), "\nattention:\n  heads: ", heads,
      "\n  kv_heads: ", kv_heads, "\n  head_dim: ", head_dim, "\n  bias: ", bias ? "true" : "false",
      "\n  qk_norm: ", qk_norm ? "true" : "false", "\n  rope_theta: ", number(rope_theta), "\n");
  if (const auto windows = of(&LmLayer::window); !windows.empty()) {
    out += str("  window: ", list(windows), "\n");
  }
  if (const auto linear = of(&LmLayer::heads); !linear.empty()) {
    out += str("linear:\n  heads: ", list(linear), "\n  d_k: ", list(of(&LmLayer::d_k)),
               "\n  d_v: ", list(of(&LmLayer::d_v)), "\n  conv: ", conv,
               "\n  reduction: ", reduction, "\n  eps: ", number(linear_eps), "\n");
  }
  return out;
}

std::string LmConfig::arch_text() const {
  std::vector<std::string> mixers;
  for (const LmLayer& layer : layers) mixers.push_back(layer.mixer);
  std::string out = "mixer=" + join(mixers, ",");
  const auto add = [&](const char* group, int64_t LmLayer::*part) {
    std::vector<int64_t> values;
    for (const LmLayer& layer : layers) values.push_back(layer.*part);
    out += str(" ", group, "=", join(values, ","));
  };
  add("window", &LmLayer::window);
  add("heads", &LmLayer::heads);
  add("dk", &LmLayer::d_k);
  add("dv", &LmLayer::d_v);
  add("mlp", &LmLayer::mlp);
  return out;
}

}  // namespace tailor
