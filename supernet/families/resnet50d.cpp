// ResNet50-D as Once-for-All makes it elastic: depth, expansion, stem, widths, image size.
// Source: once-for-all, ofa/imagenet_classification/elastic_nn/networks/ofa_resnets.py.
#include <memory>

#include "core/error.h"
#include "supernet/blocks/mb_conv.h"
#include "supernet/families/image_options.h"
#include "supernet/families/published_arch.h"
#include "supernet/families/published_keys.h"
#include "supernet/families/resnet50d_published.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/pool.h"
#include "supernet/space/builder.h"
#include "supernet/space/choices.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

struct Stage {
  int64_t width = 256, depth = 2, stride = 1;

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 1, .max = 1 << 14, .required = true, .doc = "channels"});
    cfg.read("depth", depth, {.min = 1, .max = 32, .doc = "blocks that are always kept"});
    cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride of the first block"});
    cfg.finish();
  }
};

struct Options : ImageOptions {
  std::vector<double> width_mults = {1}, expand = {0.25};
  std::vector<int64_t> extra_depth = {0};
  int64_t stem_width = 64;
  NormOptions norm;
  std::vector<Stage> stages;

  static Options read(const ConfigNode& cfg) {
    Options o;
    o.name = "resnet50d";
    o.ImageOptions::read(cfg);
    read_choices(cfg, "width_mults", o.width_mults,
                 {.min = 0.05,
                  .max = 16,
                  .doc = "choices of width, made for the stem's inside, the stem and each stage; "
                         "an arch holds their index; widths are rounded to multiples of 8"});
    read_choices(cfg, "expand", o.expand,
                 {.min = 0.01,
                  .max = 16,
                  .doc = "choices of a block's inner channels, as a part of the stage's width"});
    read_choices(
        cfg, "extra_depth", o.extra_depth,
        {.min = 0,
         .max = 32,
         .doc = "choices of how many blocks are kept beyond a stage's `depth`; the largest "
                "keeps the stem's residual layer too"});
    cfg.read("stem_width", o.stem_width, {.min = 1, .max = 1 << 14, .doc = "channels of the stem"});
    read_norm(cfg, o.norm);
    for (const ConfigNode& stage : cfg.children("stages", "stages of bottlenecks")) {
      o.stages.emplace_back().read(stage);
    }
    if (o.stages.empty()) cfg.fail("stages", "must hold at least one stage");
    for (size_t s = 0; s < o.stages.size(); ++s) o.check_ratios(cfg, s);
    cfg.finish();
    return o;
  }

  size_t widest() const { return width_mults.size() - 1; }
  /// Output channels of the stem (slot 1) or of stage `slot` - 2; of the stem's inside (slot 0).
  int64_t width(int slot, size_t choice) const {
    if (slot == 0) return make_divisible(static_cast<double>(width(1, choice) / 2));
    const int64_t base = slot == 1 ? stem_width : stages[static_cast<size_t>(slot) - 2].width;
    return make_divisible(static_cast<double>(base) * width_mults[choice]);
  }
  int64_t slots(size_t s) const { return stages[s].depth + extra_depth.back(); }

  /// Ratios of one stage are the same network at every width or at none: else two archs would be
  /// one network.
  void check_ratios(const ConfigNode& cfg, size_t s) const {
    for (size_t c = 1; c < expand.size(); ++c) {
      size_t equal = 0;
      for (size_t w = 0; w < width_mults.size(); ++w) equal += same_ratio(s, w, c - 1, c);
      if (equal > 0 && equal < width_mults.size()) {
        cfg.fail("expand", str(number(expand[c - 1]), " and ", number(expand[c]),
                               " round to the same channels at some widths of stage ", s + 1,
                               " and not at others; take ratios further apart"));
      }
    }
  }
  bool same_ratio(size_t s, size_t w, size_t a, size_t b) const {
    const int64_t out = width(static_cast<int>(s) + 2, w);
    return inner_width(out, expand[a]) == inner_width(out, expand[b]);
  }
};

/// Groups e (one slot a block), d (the stem, then one a stage), w (inside of the stem, stem, one a
/// stage), r, in this order.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<Axis> e, d, w;
  int blocks = 0;
  for (size_t s = 0; s < o.stages.size(); ++s) blocks += static_cast<int>(o.slots(s));
  const std::vector<double> extra = axis_values(o.extra_depth);
  const auto most = extra.size() - 1;
  // All but the largest skip the stem's residual layer.
  d.push_back(merge_equal(number_axis("d", 0, "stem", extra),
                          [most](size_t, size_t c) { return c != most; }));
  for (size_t s = 0; s < o.stages.size(); ++s) {
    const int slot = static_cast<int>(s) + 1;
    d.push_back(number_axis("d", slot, str("stage", slot), extra));
    for (int64_t j = 0; j < o.slots(s); ++j) {
      Axis axis = number_axis("e", static_cast<int>(e.size()), str("stage", slot, ".block", j + 1),
                              o.expand);
      axis = merge_equal(std::move(axis),
                         [&](size_t a, size_t b) { return o.same_ratio(s, o.widest(), a, b); });
      const int64_t base = o.stages[s].depth;
      e.push_back(depends_on(std::move(axis), blocks + slot, d.back(), [base, j](double more) {
        return static_cast<double>(base) + more > static_cast<double>(j);
      }));
    }
  }
  std::vector<double> indices;
  for (size_t i = 0; i < o.width_mults.size(); ++i) indices.push_back(static_cast<double>(i));
  for (int slot = 0; slot < static_cast<int>(o.stages.size()) + 2; ++slot) {
    const std::string where = slot == 0   ? "stem.inside"
                              : slot == 1 ? "stem"
                                          : str("stage", slot - 1);
    w.push_back(merge_equal(number_axis("w", slot, where, indices), [&](size_t a, size_t b) {
      return o.width(slot, a) == o.width(slot, b);
    }));
  }
  std::vector<Axis> axes = std::move(e);
  for (const auto* group : {&d, &w}) axes.insert(axes.end(), group->begin(), group->end());
  axes.push_back(number_axis("r", 0, "input", axis_values(o.resolutions)));
  return axes;
}

class ResNet50d : public SearchSpace {
 public:
  explicit ResNet50d(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

  std::string published_name(const std::string& parameter) const override {
    std::vector<int64_t> slots;
    for (size_t s = 0; s < o_.stages.size(); ++s) slots.push_back(o_.slots(s));
    return resnet50d_published_name(parameter, slots);
  }

  std::string published_subnet_name(const Arch& arch, const std::string& parameter) const override {
    std::vector<int64_t> slots;
    for (size_t s = 0; s < o_.stages.size(); ++s) slots.push_back(depth(arch, s));
    return resnet50d_published_subnet_name(parameter, slots, keeps_residual(arch));
  }

  std::string published_config(const Arch& arch) const override {
    return net_config(published(arch));
  }

  Arch from_published_config(const std::string& text, const std::string& file,
                             int64_t image_size) const override {
    const PublishedResNet network = parse_resnet_config(text, file);
    return matching_arch(*this, file, network, arch_text(network) + str(" r=", image_size),
                         [this](const Arch& arch) { return published(arch); });
  }

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t r = image_size(arch, load);
    int x = net.input({load.batch, o_.channels, r, r});
    Width width = elastic(arch, 1);
    x = build_stem(arch, net, x, width);
    int slot = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      const Width out = elastic(arch, static_cast<int>(s) + 2);
      for (int j = 0; j < static_cast<int>(depth(arch, s)); ++j) {
        x = build_block(net, x, width, out, s, j, value(arch, "e", slot + j));
        width = out;
      }
      slot += static_cast<int>(o_.slots(s));
    }
    net.block("classifier", {}, {x},
              [&](BlockBuilder& b) { pooled_classifier(b, b.input(), width, o_.classes); });
  }

 private:
  /// Blocks of a stage.
  int64_t depth(const Arch& arch, size_t s) const {
    return o_.stages[s].depth + static_cast<int64_t>(value(arch, "d", static_cast<int>(s) + 1));
  }
  bool keeps_residual(const Arch& arch) const {
    return static_cast<int64_t>(value(arch, "d", 0)) == o_.extra_depth.back();
  }

  PublishedResNet published(const Arch& arch) const {
    const int64_t inside = elastic(arch, 0).used;
    int64_t in = elastic(arch, 1).used;
    PublishedResNet out;
    out.eps = o_.norm.eps;
    out.momentum = o_.norm.momentum;
    out.first = {o_.channels, inside, 3, 2, "relu"};
    out.last = {inside, in, 3, 1, "relu"};
    out.residual = keeps_residual(arch);
    int slot = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      const int64_t width = elastic(arch, static_cast<int>(s) + 2).used;
      for (int j = 0; j < static_cast<int>(depth(arch, s)); ++j) {
        const double e = value(arch, "e", slot + j);
        out.blocks.push_back({.in = in,
                              .out = width,
                              .mid = inner_width(width, e),
                              .stride = j == 0 ? o_.stages[s].stride : 1,
                              .expand = e});
        in = width;
      }
      slot += static_cast<int>(o_.slots(s));
    }
    out.classes = o_.classes;
    return out;
  }

  /// Index of the width; 0 where there is none, which the comparison then tells.
  size_t width_index(int slot, int64_t channels) const {
    for (size_t c = 0; c <= o_.widest(); ++c) {
      if (o_.width(slot, c) == channels) return c;
    }
    return 0;
  }

  /// Groups e, d, w. A block that changes width or resolution begins a stage.
  std::string arch_text(const PublishedResNet& network) const {
    std::vector<std::string> e;
    std::vector<int64_t> d = {network.residual ? o_.extra_depth.back() : o_.extra_depth.front()};
    std::vector<size_t> w = {width_index(0, network.first.out), width_index(1, network.last.out)};
    size_t next = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      const auto slots = static_cast<size_t>(o_.slots(s));
      size_t depth = 0;
      w.push_back(next < network.blocks.size()
                      ? width_index(static_cast<int>(s) + 2, network.blocks[next].out)
                      : 0);
      for (; depth < slots && next < network.blocks.size(); ++depth, ++next) {
        const PublishedBottleneck& b = network.blocks[next];
        if (depth > 0 && (b.in != b.out || b.stride != 1)) break;
        e.push_back(number(b.expand));
      }
      d.push_back(static_cast<int64_t>(depth) - o_.stages[s].depth);
      e.resize(e.size() + slots - depth, "0");
    }
    return str("e=", join(e, ","), " d=", join(d, ","), " w=", join(w, ","));
  }

  /// Without label: channel sorting leaves these widths as they are, as the authors' does.
  Width elastic(const Arch& arch, int slot) const {
    const auto choice = static_cast<size_t>(value(arch, "w", slot));
    return {o_.width(slot, o_.widest()), o_.width(slot, choice), ""};
  }

  int build_stem(const Arch& arch, NetworkBuilder& net, int x, const Width& out) const {
    const Width inside = elastic(arch, 0);
    const ConvOptions conv{.activation = "relu", .norm_options = o_.norm};
    x = net.block("stem.first", {inside.used}, {x}, [&](BlockBuilder& b) {
      ConvOptions halving = conv;
      halving.stride = 2;
      conv_norm_act(b, "", b.input(), Width::fixed(o_.channels), inside, Kernel::fixed(3), halving);
    });
    if (keeps_residual(arch)) {
      x = net.block("stem.residual", {inside.used}, {x}, [&](BlockBuilder& b) {
        const Value y = conv_norm_act(b, "", b.input(), inside, inside, Kernel::fixed(3), conv);
        b.add("add", std::make_shared<Add>(), {y, b.input()});
      });
    }
    return net.block("stem.last", {out.used}, {x}, [&](BlockBuilder& b) {
      const Value y = conv_norm_act(b, "", b.input(), inside, out, Kernel::fixed(3), conv);
      auto pool = std::make_shared<Pool>();
      pool->kernel = 3;
      pool->padding = 1;
      b.add("pool", std::move(pool), {y});
    });
  }

  int build_block(NetworkBuilder& net, int x, const Width& in, const Width& out, size_t s, int j,
                  double e) const {
    const std::string name = str("stage", s + 1, ".block", j + 1);
    const Width mid{inner_width(out.full, o_.expand.back()), inner_width(out.used, e), ""};
    return net.block(name, {mid.used, out.used}, {x}, [&](BlockBuilder& b) {
      bottleneck(b, in, mid, out, j == 0 ? o_.stages[s].stride : 1, j == 0);
    });
  }

  void bottleneck(BlockBuilder& b, const Width& in, Width mid, const Width& out, int64_t stride,
                  bool first) const {
    ConvOptions conv{.activation = "relu", .norm_options = o_.norm};
    Width mid2 = mid;
    mid.label = b.full_name("mid1");
    mid2.label = b.full_name("mid2");
    Value x = conv_norm_act(b, "conv1", b.input(), in, mid, Kernel::fixed(1), conv);
    conv.stride = stride;
    x = conv_norm_act(b, "conv2", x, mid, mid2, Kernel::fixed(3), conv);
    conv = {.norm_options = o_.norm};
    x = conv_norm_act(b, "conv3", x, mid2, out, Kernel::fixed(1), conv);
    Value shortcut = b.input();
    if (first && stride > 1) {
      auto pool = std::make_shared<Pool>();
      pool->mode = "avg";
      pool->kernel = pool->stride = stride;
      pool->ceil_mode = 1;
      shortcut = b.add("downsample.pool", std::move(pool), {shortcut});
    }
    if (first) {
      shortcut = conv_norm_act(b, "downsample", shortcut, in, out, Kernel::fixed(1), conv);
    }
    x = b.add("add", std::make_shared<Add>(), {x, shortcut});
    activation(b, "act", x, "relu");
  }

  const Options o_;
};

}  // namespace

FamilyRegistry::Factory make_resnet50d;

std::unique_ptr<SearchSpace> make_resnet50d(const ConfigNode& cfg) {
  return std::make_unique<ResNet50d>(Options::read(cfg));
}

}  // namespace tailor
