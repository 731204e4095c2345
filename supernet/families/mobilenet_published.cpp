// Writing, reading and comparing net.config.
#include "supernet/families/mobilenet_published.h"

#include <cmath>

#include "core/error.h"

namespace tailor {
namespace {

using Json = PublishedJson;

// -- writing --------------------------------------------------------------------------------------
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
  const Json shortcut = b.shortcut ? identity_json(b.in) : Json();
  return {{"name", "ResidualBlock"}, {"conv", layer}, {"shortcut", shortcut}};
}

/// A block as ProxylessNAS's own code writes it.
Json proxylessnas_block_json(const PublishedBlock& b) {
  Json layer = {{"name", "ZeroLayer"}, {"stride", b.stride}};
  if (!b.skipped) {
    layer = {{"name", "MBInvertedConvLayer"},
             {"in_channels", b.in},
             {"out_channels", b.out},
             {"kernel_size", b.kernel},
             {"stride", b.stride},
             {"expand_ratio", number_json(b.expand)}};
  }
  return {{"name", "MobileInvertedResidualBlock"},
          {"mobile_inverted_conv", layer},
          {"shortcut", b.shortcut ? identity_json(b.in) : Json()}};
}

/// What today's layers say and those of 2019 do not.
Json without_new_keys(Json layer) {
  layer.erase("use_se");
  return layer;
}

std::string proxylessnas_config(const PublishedMobileNet& n) {
  Json out = {{"name", "ProxylessNASNets"},
              {"bn", {{"momentum", n.momentum}, {"eps", n.eps}}},
              {"first_conv", without_new_keys(conv_json(n.stem))},
              {"feature_mix_layer", without_new_keys(conv_json(n.feature_mix))},
              {"classifier", classifier_json(n.feature_mix.out, n.classes)},
              {"blocks", Json::array()}};
  for (const PublishedBlock& block : n.blocks) {
    out["blocks"].push_back(proxylessnas_block_json(block));
  }
  return out.dump(4) + "\n";
}

// -- reading --------------------------------------------------------------------------------------
PublishedBlock read_block(const JsonField& f) {
  PublishedBlock b;
  b.shortcut = f.find("shortcut") != nullptr;
  const bool old = f.find("mobile_inverted_conv") != nullptr;
  const char* key = old ? "mobile_inverted_conv" : "conv";
  const Json* layer = f.find(key);
  if (!layer || f.child(key).text("name", "") == "ZeroLayer") {
    b.skipped = true;
    return b;
  }
  const JsonField conv = f.child(key);
  const std::string kind = conv.text("name", "");
  if (kind != "MBConvLayer" && kind != "MBInvertedConvLayer") {
    conv.fail("layer '", kind, "' is not MBConvLayer, MBInvertedConvLayer or ZeroLayer");
  }
  b.in = conv.integer("in_channels");
  b.out = conv.integer("out_channels");
  b.kernel = conv.integer("kernel_size");
  b.stride = conv.integer("stride");
  b.expand = conv.ratio("expand_ratio");
  b.mid = conv.find("mid_channels") ? conv.integer("mid_channels") : 0;
  b.activation = conv.text("act_func", "relu6");
  b.squeeze_excite = conv.boolean("use_se", false);
  if (conv.find("groups")) conv.fail("groups are not supported");
  return b;
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
  if (n.by_proxylessnas) return proxylessnas_config(n);
  Json out = {{"name", n.is_v3() ? "MobileNetV3" : "ProxylessNASNets"},
              {"bn", {{"momentum", n.momentum}, {"eps", n.eps}, {"ws_eps", Json()}}},
              {"first_conv", conv_json(n.stem)},
              {"blocks", Json::array()}};
  for (const PublishedBlock& block : n.blocks) out["blocks"].push_back(block_json(block));
  if (n.is_v3()) out["final_expand_layer"] = conv_json(n.final_expand);
  out["feature_mix_layer"] = conv_json(n.feature_mix);
  out["classifier"] = classifier_json(n.feature_mix.out, n.classes);
  return out.dump(4) + "\n";
}

PublishedMobileNet parse_net_config(const std::string& text, const std::string& name) {
  const Json json = parse_published(text, name);
  const JsonField root{json, name};
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
  for (const JsonField& block : root.list("blocks")) out.blocks.push_back(read_block(block));
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
