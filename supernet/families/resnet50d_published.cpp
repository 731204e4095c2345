// Writing, reading and comparing net.config of ResNets.
#include "supernet/families/resnet50d_published.h"

#include <cmath>

#include "supernet/families/image_options.h"

namespace tailor {
namespace {

using Json = PublishedJson;

Json block_json(const PublishedBottleneck& b) {
  return {{"name", "ResNetBottleneckBlock"},
          {"in_channels", b.in},
          {"out_channels", b.out},
          {"kernel_size", b.kernel},
          {"stride", b.stride},
          {"expand_ratio", number_json(b.expand)},
          {"mid_channels", b.mid},
          {"act_func", b.activation},
          {"groups", 1},
          {"downsample_mode", "avgpool_conv"}};
}

PublishedBottleneck read_block(const JsonField& f) {
  if (const std::string kind = f.text("name", ""); kind != "ResNetBottleneckBlock") {
    f.fail("layer '", kind, "' is not ResNetBottleneckBlock");
  }
  if (f.find("groups") && f.integer("groups") != 1) f.fail("groups are not supported");
  if (const std::string mode = f.text("downsample_mode", "avgpool_conv"); mode != "avgpool_conv") {
    f.fail("downsample_mode '", mode, "' is not avgpool_conv");
  }
  PublishedBottleneck b;
  b.in = f.integer("in_channels");
  b.out = f.integer("out_channels");
  b.kernel = f.integer("kernel_size");
  b.stride = f.integer("stride");
  b.expand = f.ratio("expand_ratio");
  b.activation = f.text("act_func", "relu");
  b.mid = f.find("mid_channels") ? f.integer("mid_channels") : inner_width(b.out, b.expand);
  return b;
}

std::string text(const PublishedBottleneck& b) {
  return str(b.kernel, "x", b.kernel, " from ", b.in, " over ", b.mid, " to ", b.out, ", stride ",
             b.stride, ", ", b.activation);
}

}  // namespace

std::string net_config(const PublishedResNet& n) {
  Json stem = Json::array({conv_json(n.first)});
  if (n.residual) {
    PublishedConv inside = n.first;
    inside.in = n.first.out;
    inside.stride = 1;
    stem.push_back({{"name", "ResidualBlock"},
                    {"conv", conv_json(inside)},
                    {"shortcut", identity_json(inside.out)}});
  }
  stem.push_back(conv_json(n.last));
  Json out = {{"name", "ResNets"},
              {"bn", {{"momentum", n.momentum}, {"eps", n.eps}, {"ws_eps", Json()}}},
              {"input_stem", stem},
              {"blocks", Json::array()}};
  for (const PublishedBottleneck& block : n.blocks) out["blocks"].push_back(block_json(block));
  out["classifier"] = classifier_json(n.blocks.back().out, n.classes);
  return out.dump(4) + "\n";
}

PublishedResNet parse_resnet_config(const std::string& text, const std::string& name) {
  const Json json = parse_published(text, name);
  const JsonField root{json, name};
  if (const std::string kind = root.text("name", ""); kind != "ResNets") {
    root.fail("name is '", kind, "', expected ResNets");
  }
  PublishedResNet out;
  if (root.find("bn")) {
    out.eps = root.child("bn").number("eps");
    out.momentum = root.child("bn").number("momentum");
  }
  const std::vector<JsonField> stem = root.list("input_stem");
  if (stem.size() != 2 && stem.size() != 3)
    root.child("input_stem").fail("must hold 2 or 3 layers");
  out.first = read_conv(stem.front());
  out.last = read_conv(stem.back());
  out.residual = stem.size() == 3;
  for (const JsonField& block : root.list("blocks")) out.blocks.push_back(read_block(block));
  if (out.blocks.empty()) root.child("blocks").fail("is empty");
  out.classes = root.child("classifier").integer("out_features");
  return out;
}

std::string published_difference(const PublishedResNet& read, const PublishedResNet& ours) {
  if (const std::string first = difference(read.first, ours.first); !first.empty()) {
    return "input_stem[0]: " + first;
  }
  if (const std::string last = difference(read.last, ours.last); !last.empty()) {
    return str("input_stem[", read.residual ? 2 : 1, "]: ", last);
  }
  if (read.classes != ours.classes) {
    return str("classifier: ", read.classes, " classes, this space has ", ours.classes);
  }
  if (std::abs(read.eps - ours.eps) > 1e-3 * ours.eps) {
    return str("bn: eps is ", number(read.eps), ", this space has ", number(ours.eps));
  }
  for (size_t i = 0; i < read.blocks.size() && i < ours.blocks.size(); ++i) {
    PublishedBottleneck same_ratio = read.blocks[i];
    same_ratio.expand = ours.blocks[i].expand;
    if (same_ratio == ours.blocks[i]) continue;
    return str("blocks[", i, "]: is ", text(read.blocks[i]), "; this space has ",
               text(ours.blocks[i]));
  }
  if (read.blocks.size() == ours.blocks.size()) return "";
  return str("blocks: ", read.blocks.size(), ", this space has ", ours.blocks.size());
}

}  // namespace tailor
