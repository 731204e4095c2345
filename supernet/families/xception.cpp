// Xception-like networks (Chollet 2017, "Xception", figure 5): residual blocks of separable
// convolutions with elastic kernel, inner width, depth and image size.
#include <memory>

#include "supernet/families/image_options.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/pool.h"
#include "supernet/space/builder.h"
#include "supernet/space/choices.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

struct Stage {
  int64_t width = 128, stride = 1, convs = 2;
  std::vector<int64_t> kernel = {3}, depth = {1};
  std::vector<double> expand = {1};

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 1, .max = 1 << 14, .required = true, .doc = "channels"});
    cfg.read("stride", stride, {.min = 1, .max = 2, .doc = "2: the first block halves the map"});
    cfg.read("convs", convs, {.min = 2, .max = 8, .doc = "separable convolutions of a block"});
    read_kernels(cfg, kernel);
    read_choices(cfg, "expand", expand,
                 {.min = 0.05, .max = 16, .doc = "choices of inner channels, as a part of width"});
    read_choices(cfg, "depth", depth,
                 {.min = 1, .max = 32, .doc = "choices of how many blocks are kept"});
    cfg.finish();
  }
};

struct Options : ImageOptions {
  std::vector<int64_t> stem = {32, 64}, head = {1536, 2048};
  bool kernel_transform = false;
  std::vector<Stage> stages;

  static Options read(const ConfigNode& cfg) {
    Options o;
    o.name = "xception";
    o.ImageOptions::read(cfg);
    const Rule widths{.min = 1, .max = 1 << 14};
    auto list = [&](const std::string& key, std::vector<int64_t>& field, const std::string& doc) {
      Rule rule = widths;
      rule.doc = doc;
      cfg.read(key, field, rule);
      if (field.empty()) cfg.fail(key, "must hold at least one width");
    };
    list("stem", o.stem, "channels of the 3x3 convolutions in front; the first halves the map");
    list("head", o.head, "channels of the separable convolutions before the classifier");
    cfg.read("kernel_transform", o.kernel_transform,
             {.doc = "smaller kernels through OFA's matrices; else the largest one's centre"});
    for (const ConfigNode& stage : cfg.children("stages", "elastic stages")) {
      o.stages.emplace_back().read(stage);
    }
    if (o.stages.empty()) cfg.fail("stages", "must hold at least one stage");
    cfg.finish();
    return o;
  }
};

/// Groups ks, e (one slot a block), d (one a stage), r, in this order.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<Axis> ks, e, d;
  int blocks = 0;
  for (const Stage& stage : o.stages) blocks += static_cast<int>(stage.depth.back());
  for (int s = 0; const Stage& stage : o.stages) {
    d.push_back(number_axis("d", s, str("stage", s + 1), axis_values(stage.depth)));
    for (int64_t j = 0; j < stage.depth.back(); ++j) {
      const int slot = static_cast<int>(ks.size());
      const std::string where = str("stage", s + 1, ".block", j + 1);
      auto kept = [j](double depth) { return depth > static_cast<double>(j); };
      ks.push_back(depends_on(number_axis("ks", slot, where, axis_values(stage.kernel)),
                              2 * blocks + s, d.back(), kept));
      Axis ratio =
          merge_equal(number_axis("e", slot, where, stage.expand), [&stage](size_t a, size_t b) {
            return inner_width(stage.width, stage.expand[a]) ==
                   inner_width(stage.width, stage.expand[b]);
          });
      e.push_back(depends_on(std::move(ratio), 2 * blocks + s, d.back(), kept));
    }
    ++s;
  }
  std::vector<Axis> axes = std::move(ks);
  for (const auto* group : {&e, &d}) axes.insert(axes.end(), group->begin(), group->end());
  axes.push_back(number_axis("r", 0, "input", axis_values(o.resolutions)));
  return axes;
}

/// Depthwise and 1x1 convolution with one norm behind both: parts "part.depthwise", "part.point".
Value separable(BlockBuilder& b, const std::string& part, Value x, const Width& in,
                const Width& out, const Kernel& kernel) {
  x = conv_norm_act(b, part + ".depthwise", x, in, in, kernel, {.depthwise = true, .norm = false});
  return conv_norm_act(b, part + ".point", x, in, out, Kernel::fixed(1), {});
}

class Xception : public SearchSpace {
 public:
  explicit Xception(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t r = image_size(arch, load);
    int x = net.input({load.batch, o_.channels, r, r});
    Width width = Width::fixed(o_.channels);
    for (size_t i = 0; i < o_.stem.size(); ++i) {
      const Width out = Width::fixed(o_.stem[i]);
      x = net.block(str("stem", i + 1), {}, {x}, [&](BlockBuilder& b) {
        conv_norm_act(b, "", b.input(), width, out, Kernel::fixed(3),
                      {.stride = i == 0 ? 2 : 1, .activation = "relu"});
      });
      width = out;
    }
    for (size_t s = 0, slot = 0; s < o_.stages.size(); ++s) {
      const auto depth = static_cast<int>(value(arch, "d", static_cast<int>(s)));
      for (int j = 0; j < depth; ++j) {
        x = build_block(arch, net, x, width, s, j, static_cast<int>(slot) + j);
        width = Width::fixed(o_.stages[s].width);
      }
      slot += static_cast<size_t>(o_.stages[s].depth.back());
    }
    x = net.block("head", {}, {x}, [&](BlockBuilder& b) {
      Value y = b.input();
      for (size_t i = 0; i < o_.head.size(); ++i) {
        const Width out = Width::fixed(o_.head[i]);
        y = separable(b, str("conv", i + 1), y, width, out, Kernel::fixed(3));
        y = activation(b, str("act", i + 1), y, "relu");
        width = out;
      }
    });
    net.block("classifier", {}, {x},
              [&](BlockBuilder& b) { pooled_classifier(b, b.input(), width, o_.classes); });
  }

 private:
  int build_block(const Arch& arch, NetworkBuilder& net, int x, const Width& in, size_t s, int j,
                  int slot) const {
    const Stage& stage = o_.stages[s];
    const auto k = static_cast<int64_t>(value(arch, "ks", slot));
    const int64_t most = inner_width(stage.width, stage.expand.back());
    const Width mid{most, inner_width(stage.width, value(arch, "e", slot)), ""};
    return net.block(str("stage", s + 1, ".block", j + 1), {k, mid.used}, {x},
                     [&](BlockBuilder& b) {
                       const bool starts = s == 0 && j == 0;  // the stem has done the activation
                       residual_block(b, stage, in, mid, k, j == 0 ? stage.stride : 1, starts);
                     });
  }

  void residual_block(BlockBuilder& b, const Stage& stage, Width in, Width mid, int64_t k,
                      int64_t stride, bool starts) const {
    const Width out = Width::fixed(stage.width);
    Value shortcut = b.input(), x = b.input();
    if (stride > 1 || in.full != out.full) {
      shortcut =
          conv_norm_act(b, "shortcut", shortcut, in, out, Kernel::fixed(1), {.stride = stride});
    }
    for (int64_t i = 1; i <= stage.convs; ++i) {
      if (i > 1 || !starts) x = activation(b, str("act", i), x, "relu");
      mid.label = b.full_name(str("mid", i));
      const Width to = i == stage.convs ? out : mid;
      x = separable(b, str("conv", i), x, in, to, {k, stage.kernel, o_.kernel_transform});
      in = to;
    }
    if (stride > 1) {
      auto pool = std::make_shared<Pool>();
      pool->kernel = 3;
      pool->padding = 1;
      x = b.add("pool", std::move(pool), {x});
    }
    b.add("add", std::make_shared<Add>(), {x, shortcut});
  }

  const Options o_;
};

}  // namespace

FamilyRegistry::Factory make_xception;

std::unique_ptr<SearchSpace> make_xception(const ConfigNode& cfg) {
  return std::make_unique<Xception>(Options::read(cfg));
}

}  // namespace tailor
