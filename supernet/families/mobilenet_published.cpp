// Writing, reading and comparing net.config.
#include "supernet/families/mobilenet_published.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace tailor {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMaxValue = 1 << 20;
constexpr size_t kMaxBlocks = 1024;
constexpr double kMaxExpand = 1024;

// -- writing --------------------------------------------------------------------------------------
Json conv_json(const PublishedConv& conv) {
  return {{"name", "ConvLayer"},
          {"kernel_size", conv.kernel},
          {"stride", conv.stride},
          {"dilation", 1},
          {"groups", 1},
          {"bias", false},
          {"has_shuffle", false},
          {"use_se", false},
          {"in_channels", conv.in},
          {"out_channels", conv.out},
          {"use_bn", conv.norm},
          {"act_func", conv.activation},
          {"dropout_rate", 0},
          {"ops_order", "weight_bn_act"}};
}

Json number_json(double value) {
  if (value == std::floor(value)) return static_cast<int64_t>(value);
  return value;
}

Json block_json(const PublishedBlock& b) {
  Json layer = {{"name", "ZeroLayer"}, {"stride", b.stride}};
  if (!b.skipped) {
    layer = {{"name", "MBConvLayer"},
             {"in_channels", b.in},
             {"out_channels", b.out},
             {"kernel_size", b.kernel},
             {"stride", b.stride},
             {"expand_ratio", number_json(b.expand)},
             {"mid_channels", b.mid > 0 ? Json(b.mid) : Json()},
             {"act_func", b.activation},
             {"use_se", b.squeeze_excite},
             {"groups", Json()}};
  }
  Json shortcut;
  if (b.shortcut) {
    shortcut = {{"name", "IdentityLayer"},     {"in_channels", b.in},
                {"out_channels", b.out},       {"use_bn", false},
                {"act_func", Json()},          {"dropout_rate", 0},
                {"ops_order", "weight_bn_act"}};
  }
  return {{"name", "ResidualBlock"}, {"conv", layer}, {"shortcut", shortcut}};
}

// -- reading --------------------------------------------------------------------------------------
/// An object of the file and where it stands.
struct Field {
  const Json& json;
  std::string where;

  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw ConfigError(str(where, ": ", parts...));
  }

  /// Null when absent or null.
  const Json* find(const char* key) const {
    if (!json.is_object()) fail("is not an object");
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }

  Field child(const char* key) const {
    const Json* found = find(key);
    if (!found) fail("has no '", key, "'");
    return {*found, where + "." + key};
  }

  /// A number, also as a list of one.
  double number(const char* key) const {
    const Json* found = &child(key).json;
    if (found->is_array() && found->size() == 1) found = &(*found)[0];
    if (!found->is_number()) fail(key, " is not a number");
    return found->get<double>();
  }

  int64_t integer(const char* key) const {
    const double value = number(key);
    if (!(value >= 0 && value <= kMaxValue) || value != std::floor(value)) {
      fail(key, " must be an integer in [0, ", kMaxValue, "], got ", tailor::number(value));
    }
    return static_cast<int64_t>(value);
  }

  std::string text(const char* key, const std::string& otherwise) const {
    const Json* found = find(key);
    if (!found) return otherwise;
    if (!found->is_string()) fail(key, " is not a string");
    return found->get<std::string>();
  }

  bool boolean(const char* key, bool otherwise) const {
    const Json* found = find(key);
    if (!found) return otherwise;
    if (!found->is_boolean()) fail(key, " is not true or false");
    return found->get<bool>();
  }
};

PublishedConv read_conv(const Field& f) {
  return {.in = f.integer("in_channels"),
          .out = f.integer("out_channels"),
          .kernel = f.integer("kernel_size"),
          .stride = f.integer("stride"),
          .activation = f.text("act_func", "identity"),
          .norm = f.boolean("use_bn", true)};
}

PublishedBlock read_block(const Field& f) {
  PublishedBlock b;
  b.shortcut = f.find("shortcut") != nullptr;
  const bool old = f.find("mobile_inverted_conv") != nullptr;
  const char* key = old ? "mobile_inverted_conv" : "conv";
  const Json* layer = f.find(key);
  if (!layer || f.child(key).text("name", "") == "ZeroLayer") {
    b.skipped = true;
    return b;
  }
  const Field conv = f.child(key);
  const std::string kind = conv.text("name", "");
  if (kind != "MBConvLayer" && kind != "MBInvertedConvLayer") {
    conv.fail("layer '", kind, "' is not MBConvLayer, MBInvertedConvLayer or ZeroLayer");
  }
  b.in = conv.integer("in_channels");
  b.out = conv.integer("out_channels");
  b.kernel = conv.integer("kernel_size");
  b.stride = conv.integer("stride");
  b.expand = conv.number("expand_ratio");
  if (!(b.expand > 0 && b.expand <= kMaxExpand)) {
    conv.fail("expand_ratio must be in (0, ", kMaxExpand, "], got ", number(b.expand));
  }
  b.mid = conv.find("mid_channels") ? conv.integer("mid_channels") : 0;
  b.activation = conv.text("act_func", "relu6");
  b.squeeze_excite = conv.boolean("use_se", false);
  if (conv.find("groups")) conv.fail("groups are not supported");
  return b;
}

std::string difference(const PublishedConv& a, const PublishedConv& b) {
  if (a.in == b.in && a.out == b.out && a.kernel == b.kernel && a.stride == b.stride &&
      a.activation == b.activation && a.norm == b.norm) {
    return "";
  }
  auto text = [](const PublishedConv& c) {
    return str(c.kernel, "x", c.kernel, " from ", c.in, " to ", c.out, ", stride ", c.stride, ", ",
               c.norm ? "with" : "without", " norm, ", c.activation);
  };
  return str("is ", text(a), "; this space has ", text(b));
}

std::string difference(const PublishedBlock& a, const PublishedBlock& b) {
  if (a.skipped || b.skipped) {
    return a.skipped && b.skipped && a.shortcut ? "" : "is left out, which this space cannot do";
  }
  const int64_t mid = a.mid > 0 ? a.mid : std::lround(static_cast<double>(a.in) * a.expand);
  const int64_t our_mid = b.mid > 0 ? b.mid : std::lround(static_cast<double>(b.in) * b.expand);
  if (a.in == b.in && a.out == b.out && a.kernel == b.kernel && a.stride == b.stride &&
      mid == our_mid && a.activation == b.activation && a.squeeze_excite == b.squeeze_excite &&
      a.shortcut == b.shortcut) {
    return "";
  }
  auto text = [](const PublishedBlock& c, int64_t inside) {
    return str(c.kernel, "x", c.kernel, " from ", c.in, " over ", inside, " to ", c.out,
               ", stride ", c.stride, ", ", c.activation,
               c.squeeze_excite ? ", squeeze-excite" : "", c.shortcut ? ", shortcut" : "");
  };
  return str("is ", text(a, mid), "; this space has ", text(b, our_mid));
}

}  // namespace

std::string net_config(const PublishedMobileNet& n) {
  Json out = {{"name", n.is_v3() ? "MobileNetV3" : "ProxylessNASNets"},
              {"bn", {{"momentum", n.momentum}, {"eps", n.eps}, {"ws_eps", Json()}}},
              {"first_conv", conv_json(n.stem)},
              {"blocks", Json::array()}};
  for (const PublishedBlock& block : n.blocks) out["blocks"].push_back(block_json(block));
  if (n.is_v3()) out["final_expand_layer"] = conv_json(n.final_expand);
  out["feature_mix_layer"] = conv_json(n.feature_mix);
  out["classifier"] = {{"name", "LinearLayer"},     {"in_features", n.feature_mix.out},
                       {"out_features", n.classes}, {"bias", true},
                       {"use_bn", false},           {"act_func", Json()},
                       {"dropout_rate", 0},         {"ops_order", "weight_bn_act"}};
  return out.dump(4) + "\n";
}

PublishedMobileNet parse_net_config(const std::string& text, const std::string& name) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& error) {
    throw ConfigError(str(name, ": is not JSON: ", error.what()));
  }
  const Field root{json, name};
  const std::string kind = root.text("name", "");
  if (kind != "MobileNetV3" && kind != "ProxylessNASNets") {
    root.fail("name is '", kind, "', expected MobileNetV3 or ProxylessNASNets");
  }
  PublishedMobileNet out;
  out.eps = kind == "MobileNetV3" ? 1e-5 : 1e-3;
  if (root.find("bn")) {
    out.eps = root.child("bn").number("eps");
    out.momentum = root.child("bn").number("momentum");
  }
  out.stem = read_conv(root.child("first_conv"));
  if (kind == "MobileNetV3") out.final_expand = read_conv(root.child("final_expand_layer"));
  out.feature_mix = read_conv(root.child("feature_mix_layer"));
  out.classes = root.child("classifier").integer("out_features");
  const Field blocks = root.child("blocks");
  if (!blocks.json.is_array() || blocks.json.size() > kMaxBlocks) {
    blocks.fail("is not a list of at most ", kMaxBlocks);
  }
  for (const Json& block : blocks.json) {
    out.blocks.push_back(read_block({block, str(blocks.where, "[", out.blocks.size(), "]")}));
  }
  return out;
}

std::string published_difference(const PublishedMobileNet& read, const PublishedMobileNet& ours) {
  if (read.is_v3() != ours.is_v3()) return "final_expand_layer: only one of the two has it";
  auto named = [](const char* part, const std::string& text) {
    return text.empty() ? "" : str(part, ": ", text);
  };
  std::string text = named("first_conv", difference(read.stem, ours.stem));
  if (text.empty() && read.is_v3()) {
    text = named("final_expand_layer", difference(read.final_expand, ours.final_expand));
  }
  if (text.empty())
    text = named("feature_mix_layer", difference(read.feature_mix, ours.feature_mix));
  if (!text.empty()) return text;
  if (read.classes != ours.classes) {
    return str("classifier: ", read.classes, " classes, this space has ", ours.classes);
  }
  if (std::abs(read.eps - ours.eps) > 1e-3 * ours.eps) {
    return str("bn: eps is ", number(read.eps), ", this space has ", number(ours.eps));
  }
  for (size_t i = 0; i < read.blocks.size() && i < ours.blocks.size(); ++i) {
    text = difference(read.blocks[i], ours.blocks[i]);
    if (!text.empty()) return str("blocks[", i, "]: ", text);
  }
  if (read.blocks.size() == ours.blocks.size()) return "";
  return str("blocks: ", read.blocks.size(), ", this space has ", ours.blocks.size());
}

}  // namespace tailor
