// MobileNet-like networks: a stem, stages of inverted bottlenecks, a head. OFA-MobileNetV3 and
// ProxylessNAS are configs of this one family.
#include <algorithm>
#include <memory>
#include <set>

#include "core/error.h"
#include "supernet/blocks/mb_conv.h"
#include "supernet/families/mobilenet_options.h"
#include "supernet/families/mobilenet_published.h"
#include "supernet/families/proxylessnas_keys.h"
#include "supernet/families/published_arch.h"
#include "supernet/families/published_keys.h"
#include "supernet/ops/pool.h"
#include "supernet/space/builder.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

/// Ratios that round to the same channels give the same network.
Axis expand_axis(int slot, const std::string& where, const std::vector<double>& ratios,
                 int64_t in) {
  return merge_equal(number_axis("e", slot, where, ratios), [&](size_t a, size_t b) {
    return mid_width(in, ratios[a]) == mid_width(in, ratios[b]);
  });
}

/// Groups ks, e (one slot a block), d (one a stage), r, in this order.
std::vector<Axis> make_axes(const MobileNetOptions& o) {
  std::vector<Axis> ks, e, d;
  int blocks = 0;
  for (const MobileNetStage& stage : o.stages) blocks += static_cast<int>(stage.depth.back());
  const int first_d = 2 * blocks;
  for (size_t s = 0; s < o.stages.size(); ++s) {
    const MobileNetStage& stage = o.stages[s];
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
  explicit MobileNet(const MobileNetOptions& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

  std::string published_name(const std::string& parameter) const override {
    std::vector<int64_t> slots;
    for (const MobileNetStage& stage : o_.stages) slots.push_back(stage.depth.back());
    if (!o_.own_weights) return mobilenet_published_name(parameter, slots, o_.first.width > 0);
    return proxylessnas_name(o_, slots, parameter);
  }

  std::string published_subnet_name(const Arch& arch, const std::string& parameter) const override {
    std::vector<int64_t> slots;
    for (const double depth : values(arch, "d")) slots.push_back(static_cast<int64_t>(depth));
    if (!o_.own_weights) {
      return mobilenet_published_subnet_name(parameter, slots, o_.first.width > 0);
    }
    return proxylessnas_subnet_name(o_, slots, parameter);
  }

  /// Weights of its own has each pair of kernel and ratio.
  std::vector<Arch> covering() const override {
    std::vector<Arch> out = SearchSpace::covering();
    if (!o_.own_weights) return out;
    std::set<std::pair<double, double>> pairs;
    for (const MobileNetStage& stage : o_.stages) {
      for (const int64_t k : stage.sizes()) {
        for (const double e : stage.expand) pairs.emplace(k, e);
      }
    }
    for (const auto& [k, e] : pairs) {
      std::vector<int8_t> choices;
      for (const Axis& axis : axes()) {
        const double wanted = axis.group == "ks" ? k : axis.group == "e" ? e : axis.values.back();
        const auto found = std::find(axis.values.begin(), axis.values.end(), wanted);
        const auto last = axis.values.end() - 1;
        choices.push_back(static_cast<int8_t>(std::min(found, last) - axis.values.begin()));
      }
      out.push_back(arch(choices));
    }
    return out;
  }

  std::string published_config(const Arch& arch) const override {
    return has_published_form() ? net_config(published(arch)) : "";
  }

  Arch from_published_config(const std::string& text, const std::string& file,
                             int64_t image_size) const override {
    if (!has_published_form()) return SearchSpace::from_published_config(text, file, image_size);
    const PublishedMobileNet network = parse_net_config(text, file);
    if (network.is_v3() != (o_.expand.width > 0)) {
      throw ConfigError(str(file, ": is a ", network.is_v3() ? "MobileNetV3" : "ProxylessNASNets",
                            ", which space '", name(), "' does not hold"));
    }
    return matching_arch(*this, file, network, arch_text(network) + str(" r=", image_size),
                         [this](const Arch& arch) { return published(arch); });
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
  /// The authors' code has two heads, and always a first block.
  bool has_published_form() const {
    const bool v3 = o_.expand.width > 0 && o_.mix.width > 0 && o_.mix.after_pool;
    const bool proxyless = o_.expand.width == 0 && o_.mix.width > 0 && !o_.mix.after_pool;
    return o_.first.width > 0 && (v3 || proxyless);
  }

  PublishedMobileNet published(const Arch& arch) const {
    const int64_t stem = o_.wide(o_.stem.width), first = o_.wide(o_.first.width);
    PublishedMobileNet out;
    out.eps = o_.norm.eps;
    out.momentum = o_.norm.momentum;
    out.stem = {o_.channels, stem, o_.stem.kernel, o_.stem.stride, o_.stem.activation};
    out.blocks.push_back({.in = stem,
                          .out = first,
                          .activation = o_.first.activation,
                          .shortcut = o_.first.residual && stem == first});
    int slot = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      const auto depth = static_cast<int>(value(arch, "d", static_cast<int>(s)));
      for (int j = 0; j < depth; ++j) out.blocks.push_back(published_block(arch, s, slot + j, j));
      slot += static_cast<int>(o_.stages[s].depth.back());
    }
    int64_t width = o_.wide(o_.stages.back().width);
    if (o_.expand.width > 0) {
      out.final_expand = {width, o_.wide(o_.expand.width), 1, 1, o_.expand.activation};
      width = out.final_expand.out;
    }
    out.feature_mix = {width, o_.wide(o_.mix.width), 1, 1, o_.mix.activation, !o_.mix.after_pool};
    out.classes = o_.classes;
    out.by_proxylessnas = o_.own_weights;
    return out;
  }

  PublishedBlock published_block(const Arch& arch, size_t s, int slot, int j) const {
    const MobileNetStage& stage = o_.stages[s];
    PublishedBlock b{.in = o_.in_width(s, j), .out = o_.wide(stage.width)};
    b.stride = j == 0 ? stage.stride : 1;
    b.kernel = static_cast<int64_t>(value(arch, "ks", slot));
    b.shortcut = stage.residual && b.stride == 1 && b.in == b.out;
    b.skipped = b.kernel == 0;
    b.activation = stage.activation;
    b.squeeze_excite = stage.squeeze_excite;
    if (b.skipped) return b;
    b.expand = value(arch, "e", slot);
    b.mid = mid_width(b.in, b.expand);
    return b;
  }

  /// Groups ks, e, d. A block that changes width or resolution begins a stage.
  std::string arch_text(const PublishedMobileNet& network) const {
    std::vector<std::string> ks, e, d;
    size_t next = 1;  // behind the fixed block
    for (const MobileNetStage& stage : o_.stages) {
      size_t depth = 0;
      const auto slots = static_cast<size_t>(stage.depth.back());
      for (; depth < slots && next < network.blocks.size(); ++depth, ++next) {
        const PublishedBlock& b = network.blocks[next];
        if (depth > 0 && !b.skipped && (b.in != b.out || b.stride != 1)) break;
        ks.push_back(b.skipped ? "0" : str(b.kernel));
        e.push_back(b.skipped ? "0" : number(b.expand));
      }
      d.push_back(str(depth));
      ks.resize(ks.size() + slots - depth, "0");
      e.resize(ks.size(), "0");
    }
    return str("ks=", join(ks, ","), " e=", join(e, ","), " d=", join(d, ","));
  }

  Width stage_width(size_t s) const {
    const int64_t width = o_.wide(o_.stages[s].width);
    return {width, width, "stage" + std::to_string(s + 1)};
  }

  int build_stage(const Arch& arch, NetworkBuilder& net, size_t s, int slot, int x,
                  Width in) const {
    const MobileNetStage& stage = o_.stages[s];
    const Width out = stage_width(s);
    const auto depth = static_cast<int>(value(arch, "d", static_cast<int>(s)));
    for (int j = 0; j < depth; ++j) {
      const auto k = static_cast<int64_t>(value(arch, "ks", slot + j));
      if (k == 0) continue;
      const double e = value(arch, "e", slot + j);
      const std::string name = out.label + ".block" + std::to_string(j + 1);
      const Width mid = o_.own_weights ? Width::fixed(mid_width(in.full, e))
                                       : Width{mid_width(in.full, stage.expand.back()),
                                               mid_width(in.full, e), name + ".mid"};
      x = net.block(name, {k, mid.used}, {x}, [&](BlockBuilder& b) {
        mb_conv(b, b.input(),
                {.in = in,
                 .mid = mid,
                 .out = out,
                 .kernel = o_.own_weights ? Kernel::fixed(k)
                                          : Kernel{k, stage.sizes(), o_.kernel_transform},
                 .stride = j == 0 ? stage.stride : 1,
                 .activation = stage.activation,
                 .squeeze_excite = stage.squeeze_excite,
                 .expand = (o_.own_weights ? e : stage.expand.back()) != 1,
                 .residual = stage.residual,
                 .norm = o_.norm,
                 .prefix = o_.own_weights ? own_prefix(k, e) : ""});
      });
      in = out;
    }
    return x;
  }

  void build_head(NetworkBuilder& net, int x, Width width) const {
    auto conv = [&](const std::string& name, const MobileNetHead& head) {
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

  const MobileNetOptions o_;
};

}  // namespace

FamilyRegistry::Factory make_mobilenet;

std::unique_ptr<SearchSpace> make_mobilenet(const ConfigNode& cfg) {
  return std::make_unique<MobileNet>(MobileNetOptions::read(cfg));
}

}  // namespace tailor
