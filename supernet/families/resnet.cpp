// Plain residual networks (He et al. 2015, basic blocks): elastic stage width, depth, resolution.
#include <memory>

#include "supernet/blocks/conv_norm_act.h"
#include "supernet/families/image_options.h"
#include "supernet/ops/elementwise.h"
#include "supernet/space/builder.h"
#include "supernet/space/choices.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

struct Stage {
  std::vector<int64_t> width = {16}, depth = {1};
  int64_t stride = 1;

  void read(const ConfigNode& cfg) {
    read_choices(cfg, "width", width, {.min = 1, .max = 1 << 14, .doc = "choices of channels"});
    read_choices(cfg, "depth", depth,
                 {.min = 1, .max = 64, .doc = "choices of how many blocks are kept"});
    cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride of the first block"});
    cfg.finish();
  }
};

struct Options : ImageOptions {
  int64_t stem_width = 16, stem_stride = 1;
  std::vector<Stage> stages;

  static Options read(const ConfigNode& cfg) {
    Options o;
    o.name = "resnet";
    o.classes = 10;
    o.resolutions = {32};
    o.ImageOptions::read(cfg);
    cfg.read("stem_width", o.stem_width, {.min = 1, .max = 1 << 14, .doc = "channels of the stem"});
    cfg.read("stem_stride", o.stem_stride, {.min = 1, .max = 8, .doc = "stride of the stem"});
    for (const ConfigNode& stage : cfg.children("stages", "elastic stages")) {
      o.stages.emplace_back().read(stage);
    }
    if (o.stages.empty()) cfg.fail("stages", "must hold at least one stage");
    cfg.finish();
    return o;
  }
};

/// Groups w, d (one slot a stage), r.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<Axis> axes;
  for (int s = 0; const Stage& stage : o.stages) {
    axes.push_back(number_axis("w", s, str("stage", s + 1), axis_values(stage.width)));
    ++s;
  }
  for (int s = 0; const Stage& stage : o.stages) {
    axes.push_back(number_axis("d", s, str("stage", s + 1), axis_values(stage.depth)));
    ++s;
  }
  axes.push_back(number_axis("r", 0, "input", axis_values(o.resolutions)));
  return axes;
}

class ResNet : public SearchSpace {
 public:
  explicit ResNet(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t r = image_size(arch, load);
    int x = net.input({load.batch, o_.channels, r, r});
    Width width = Width::fixed(o_.stem_width);
    x = net.block("stem", {}, {x}, [&](BlockBuilder& b) {
      conv_norm_act(b, "", b.input(), Width::fixed(o_.channels), width, Kernel::fixed(3),
                    {.stride = o_.stem_stride, .activation = "relu"});
    });
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      const int slot = static_cast<int>(s);
      const Width out{o_.stages[s].width.back(), static_cast<int64_t>(value(arch, "w", slot)),
                      "stage" + std::to_string(s + 1)};
      for (int64_t j = 0; j < static_cast<int64_t>(value(arch, "d", slot)); ++j) {
        const int64_t stride = j == 0 ? o_.stages[s].stride : 1;
        x = net.block(out.label + ".block" + std::to_string(j + 1), {out.used, stride}, {x},
                      [&](BlockBuilder& b) { basic_block(b, width, out, stride); });
        width = out;
      }
    }
    net.block("classifier", {}, {x},
              [&](BlockBuilder& b) { pooled_classifier(b, b.input(), width, o_.classes); });
  }

 private:
  static void basic_block(BlockBuilder& b, const Width& in, const Width& out, int64_t stride) {
    const ConvOptions conv{.stride = stride, .activation = "relu"};
    Value x = conv_norm_act(b, "conv1", b.input(), in, out, Kernel::fixed(3), conv);
    x = conv_norm_act(b, "conv2", x, out, out, Kernel::fixed(3), {});
    Value shortcut = b.input();
    if (stride != 1 || in.label != out.label) {
      shortcut =
          conv_norm_act(b, "shortcut", shortcut, in, out, Kernel::fixed(1), {.stride = stride});
    }
    x = b.add("add", std::make_shared<Add>(), {x, shortcut});
    activation(b, "act", x, "relu");
  }

  const Options o_;
};

}  // namespace

FamilyRegistry::Factory make_resnet;

std::unique_ptr<SearchSpace> make_resnet(const ConfigNode& cfg) {
  return std::make_unique<ResNet>(Options::read(cfg));
}

}  // namespace tailor
