// MobileNet-like networks: a stem, stages of inverted bottlenecks, a head. OFA-MobileNetV3 and
// ProxylessNAS are configs of this one family.
#include <memory>

#include "supernet/blocks/mb_conv.h"
#include "supernet/families/image_options.h"
#include "supernet/families/published_keys.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/pool.h"
#include "supernet/space/builder.h"
#include "supernet/space/choices.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

struct Stem {
  int64_t width = 16, kernel = 3, stride = 2;
  std::string activation = "h_swish";

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 1, .max = 1 << 14, .doc = "output channels"});
    cfg.read("kernel", kernel, {.min = 1, .max = 31, .doc = "kernel size, odd"});
    if (kernel % 2 == 0) cfg.fail("kernel", str("must be odd, got ", kernel));
    cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride"});
    cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
    cfg.finish();
  }
};

/// The fixed block behind the stem: depthwise and projection, no expansion. width 0: none.
struct FirstBlock {
  int64_t width = 0;
  std::string activation = "relu";
  bool residual = true;

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 0, .max = 1 << 14, .doc = "output channels; 0 for no block"});
    cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
    cfg.read("residual", residual, {.doc = "adds its input where shapes allow"});
    cfg.finish();
  }
};

struct Stage {
  int64_t width = 0, stride = 1;
  std::string activation = "relu";
  bool squeeze_excite = false, residual = true;
  std::vector<int64_t> kernel = {3}, depth = {1};
  std::vector<double> expand = {6};

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 1, .max = 1 << 14, .required = true, .doc = "channels"});
    cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride of the first block"});
    cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
    cfg.read("squeeze_excite", squeeze_excite, {.doc = "squeeze-excite after the depthwise part"});
    cfg.read("residual", residual, {.doc = "blocks add their input where shapes allow"});
    read_choices(cfg, "kernel", kernel,
                 {.min = 0, .max = 31, .doc = "choices of kernel size, odd; 0 skips a block"});
    read_choices(cfg, "expand", expand,
                 {.min = 0.1, .max = 64, .doc = "choices of expansion ratio"});
    read_choices(cfg, "depth", depth,
                 {.min = 1, .max = 32, .doc = "choices of how many blocks are kept"});
    for (int64_t k : kernel) {
      if (k != 0 && k % 2 == 0) cfg.fail("kernel", str("must be odd (or 0), got ", k));
    }
    if (kernel.back() == 0) cfg.fail("kernel", "must hold a size above 0");
    if (kernel.front() == 0 && depth.size() > 1) {
      // Two ways to leave out the last block would make one network two archs.
      cfg.fail("depth", "must hold one depth where kernel 0 can skip blocks");
    }
    cfg.finish();
  }

  /// Kernel sizes without 0.
  std::vector<int64_t> sizes() const {
    std::vector<int64_t> out = kernel;
    std::erase(out, 0);
    return out;
  }
};

/// A 1x1 convolution of the head. width 0: none.
struct HeadConv {
  int64_t width = 0;
  std::string activation = "h_swish";
  bool after_pool = false;

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 0, .max = 1 << 14, .doc = "output channels; 0 for none"});
    cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
    cfg.read("after_pool", after_pool,
             {.doc = "works on the pooled features, without norm (MobileNetV3)"});
    cfg.finish();
  }
};

struct Options : ImageOptions {
  double width_mult = 1;
  bool kernel_transform = true;
  NormOptions norm;
  Stem stem;
  FirstBlock first;
  std::vector<Stage> stages;
  HeadConv expand, mix;

  static Options read(const ConfigNode& cfg) {
    Options o;
    o.name = "mobilenet";
    o.ImageOptions::read(cfg);
    cfg.read("width_mult", o.width_mult,
             {.min = 0.05, .max = 16, .doc = "multiplies every width, rounded to multiples of 8"});
    cfg.read("kernel_transform", o.kernel_transform,
             {.doc = "smaller kernels through OFA's matrices; else the largest one's centre"});
    read_norm(cfg, o.norm);
    o.stem.read(cfg.child("stem", "first convolution"));
    o.first.read(cfg.child("first", "fixed block behind the stem"));
    for (const ConfigNode& stage : cfg.children("stages", "elastic stages")) {
      o.stages.emplace_back().read(stage);
    }
    o.expand.read(cfg.child("final_expand", "1x1 convolution before pooling"));
    o.mix.read(cfg.child("feature_mix", "1x1 convolution before the classifier"));
    if (o.stages.empty()) cfg.fail("stages", "must hold at least one stage");
    cfg.finish();
    return o;
  }

  int64_t wide(int64_t width) const {
    return make_divisible(static_cast<double>(width) * width_mult);
  }

  /// Input channels of block `j` of stage `s`; its other blocks read what the first one made.
  int64_t in_width(size_t s, int64_t j) const {
    if (j > 0) return wide(stages[s].width);
    if (s > 0) return wide(stages[s - 1].width);
    return wide(first.width > 0 ? first.width : stem.width);
  }
};

/// Channels inside a bottleneck. Source: once-for-all, MBConvLayer (ofa.utils.layers).
int64_t mid_width(int64_t in, double e) { return e == 1 ? in : inner_width(in, e); }

/// Ratios that round to the same channels give the same network.
Axis expand_axis(int slot, const std::string& where, const std::vector<double>& ratios,
                 int64_t in) {
  return merge_equal(number_axis("e", slot, where, ratios), [&](size_t a, size_t b) {
    return mid_width(in, ratios[a]) == mid_width(in, ratios[b]);
  });
}

/// Groups ks, e (one slot a block), d (one a stage), r, in this order.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<Axis> ks, e, d;
  int blocks = 0;
  for (const Stage& stage : o.stages) blocks += static_cast<int>(stage.depth.back());
  const int first_d = 2 * blocks;
  for (size_t s = 0; s < o.stages.size(); ++s) {
    const Stage& stage = o.stages[s];
    d.push_back(
        number_axis("d", static_cast<int>(s), str("stage", s + 1), axis_values(stage.depth)));
    for (int64_t j = 0; j < stage.depth.back(); ++j) {
      const int slot = static_cast<int>(ks.size());
      const std::string block = str(d.back().where, ".block", j + 1);
      // The first block changes width and resolution: it cannot be left out.
      const std::vector<double> sizes = axis_values(j == 0 ? stage.sizes() : stage.kernel);
      ks.push_back(depends_on(number_axis("ks", slot, block, sizes), first_d + static_cast<int>(s),
                              d.back(),
                              [j](double depth) { return depth > static_cast<double>(j); }));
      e.push_back(depends_on(expand_axis(slot, block, stage.expand, o.in_width(s, j)), slot,
                             ks.back(), [](double kernel) { return kernel > 0; }));
    }
  }
  std::vector<Axis> axes = std::move(ks);
  for (const auto* group : {&e, &d}) axes.insert(axes.end(), group->begin(), group->end());
  axes.push_back(number_axis("r", 0, "input", axis_values(o.resolutions)));
  return axes;
}

class MobileNet : public SearchSpace {
 public:
  explicit MobileNet(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

  std::string published_name(const std::string& parameter) const override {
    std::vector<int64_t> slots;
    for (const Stage& stage : o_.stages) slots.push_back(stage.depth.back());
    return mobilenet_published_name(parameter, slots, o_.first.width > 0);
  }

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t r = image_size(arch, load);
    int x = net.input({load.batch, o_.channels, r, r});
    Width width = Width::fixed(o_.wide(o_.stem.width));
    x = net.block("stem", {}, {x}, [&](BlockBuilder& b) {
      conv_norm_act(
          b, "", b.input(), Width::fixed(o_.channels), width, Kernel::fixed(o_.stem.kernel),
          {.stride = o_.stem.stride, .activation = o_.stem.activation, .norm_options = o_.norm});
    });
    if (o_.first.width > 0) {
      const Width out = Width::fixed(o_.wide(o_.first.width));
      x = net.block("first", {}, {x}, [&](BlockBuilder& b) {
        mb_conv(b, b.input(),
                {.in = width,
                 .mid = width,
                 .out = out,
                 .kernel = Kernel::fixed(3),
                 .activation = o_.first.activation,
                 .expand = false,
                 .residual = o_.first.residual,
                 .norm = o_.norm});
      });
      width = out;
    }
    int slot = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      x = build_stage(arch, net, s, slot, x, width);
      slot += static_cast<int>(o_.stages[s].depth.back());
      width = stage_width(s);
    }
    build_head(net, x, width);
  }

 private:
  Width stage_width(size_t s) const {
    const int64_t width = o_.wide(o_.stages[s].width);
    return {width, width, "stage" + std::to_string(s + 1)};
  }

  int build_stage(const Arch& arch, NetworkBuilder& net, size_t s, int slot, int x,
                  Width in) const {
    const Stage& stage = o_.stages[s];
    const Width out = stage_width(s);
    const auto depth = static_cast<int>(value(arch, "d", static_cast<int>(s)));
    for (int j = 0; j < depth; ++j) {
      const auto k = static_cast<int64_t>(value(arch, "ks", slot + j));
      if (k == 0) continue;
      const double e = value(arch, "e", slot + j);
      const std::string name = out.label + ".block" + std::to_string(j + 1);
      const Width mid{mid_width(in.full, stage.expand.back()), mid_width(in.full, e),
                      name + ".mid"};
      x = net.block(name, {k, mid.used}, {x}, [&](BlockBuilder& b) {
        mb_conv(b, b.input(),
                {.in = in,
                 .mid = mid,
                 .out = out,
                 .kernel = {k, stage.sizes(), o_.kernel_transform},
                 .stride = j == 0 ? stage.stride : 1,
                 .activation = stage.activation,
                 .squeeze_excite = stage.squeeze_excite,
                 .expand = stage.expand.back() != 1,
                 .residual = stage.residual,
                 .norm = o_.norm});
      });
      in = out;
    }
    return x;
  }

  void build_head(NetworkBuilder& net, int x, Width width) const {
    auto conv = [&](const std::string& name, const HeadConv& head) {
      const Width out = Width::fixed(o_.wide(head.width));
      x = net.block(name, {}, {x}, [&](BlockBuilder& b) {
        Value v = b.input();
        if (head.after_pool) v = b.add("pool", std::make_shared<GlobalAvgPool>(), {v});
        conv_norm_act(
            b, "", v, width, out, Kernel::fixed(1),
            {.activation = head.activation, .norm = !head.after_pool, .norm_options = o_.norm});
      });
      width = out;
    };
    if (o_.expand.width > 0) conv("final_expand", o_.expand);
    if (o_.mix.width > 0) conv("feature_mix", o_.mix);
    net.block("classifier", {}, {x},
              [&](BlockBuilder& b) { pooled_classifier(b, b.input(), width, o_.classes); });
  }

  const Options o_;
};

}  // namespace

FamilyRegistry::Factory make_mobilenet;

std::unique_ptr<SearchSpace> make_mobilenet(const ConfigNode& cfg) {
  return std::make_unique<MobileNet>(Options::read(cfg));
}

}  // namespace tailor
