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

const char* truth(bool value) { return value ? "true" : "false"; }

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

std::vector<std::pair<std::string, std::string>> LmConfig::space_fields() const {
  const auto of = [&](int64_t LmLayer::*part, bool with_zero = false) {
    return choices(
        layers, [&](const LmLayer& layer) { return layer.*part; }, with_zero);
  };
  std::vector<std::pair<std::string, std::string>> out = {
      {"family", "hybrid_lm"},
      {"name", model_type},
      {"vocab", str(vocab)},
      {"hidden", str(hidden)},
      {"layers", str(layers.size())},
      {"tied", truth(tied)},
      {"rms_eps", number(rms_eps)},
      {"mixers", str("[", join(mixers_of(layers), ", "), "]")},
      {"mlp", list(of(&LmLayer::mlp, true))},
      {"attention.heads", str(heads)},
      {"attention.kv_heads", str(kv_heads)},
      {"attention.head_dim", str(head_dim)},
      {"attention.bias", truth(bias)},
      {"attention.qk_norm", truth(qk_norm)},
      {"attention.rope_theta", number(rope_theta)}};
  if (const RopeScaling& s = rope_scaling; !s.none()) {
    out.insert(out.end(), {{"attention.rope_scaling.kind", s.kind},
                           {"attention.rope_scaling.factor", number(s.factor)},
                           {"attention.rope_scaling.slow", number(s.slow)},
                           {"attention.rope_scaling.fast", number(s.fast)},
                           {"attention.rope_scaling.amplitude", number(s.amplitude)},
                           {"attention.rope_scaling.context", str(s.context)}});
  }
  if (const auto windows = of(&LmLayer::window); !windows.empty()) {
    out.emplace_back("attention.window", list(windows));
  }
  const auto linear = of(&LmLayer::heads);
  if (linear.empty()) return out;
  out.insert(out.end(), {{"linear.heads", list(linear)},
                         {"linear.d_k", list(of(&LmLayer::d_k))},
                         {"linear.d_v", list(of(&LmLayer::d_v))},
                         {"linear.conv", str(conv)},
                         {"linear.reduction", str(reduction)},
                         {"linear.eps", number(linear_eps)}});
  return out;
}

std::string LmConfig::space_yaml() const {
  std::string out;
  std::vector<std::string> open;  // sections that the line before stands in
  for (const auto& [path, value] : space_fields()) {
    std::vector<std::string> keys = split(path, '.');
    for (size_t depth = 0; depth + 1 < keys.size(); ++depth) {
      if (depth < open.size() && open[depth] == keys[depth]) continue;
      out += str(std::string(2 * depth, ' '), keys[depth], ":\n");
      open.resize(depth);
      open.push_back(keys[depth]);
    }
    open.resize(keys.size() - 1);
    out += str(std::string(2 * open.size(), ' '), keys.back(), ": ", value, "\n");
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
