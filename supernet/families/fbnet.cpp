// FBNet: a chain of places, each of which holds one of the same few inverted bottlenecks or none.
// Sources: Wu et al., "FBNet", arXiv 1812.03443, tables 1 and 2, figure 3; for what skipping means
// where width or size change, HW-NAS-Bench (github.com/GATECH-EIC/HW-NAS-Bench),
// hw_nas_bench_api/fbnet_models/model_infer.py.
#include <charconv>
#include <memory>
#include <optional>

#include "supernet/families/image_options.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/space/builder.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

constexpr const char* kSkip = "skip";

/// "k5_e1_g2": kernel 5, as wide inside as outside, 1x1 convolutions in two groups.
struct BlockChoice {
  int64_t kernel = 0, expand = 0, groups = 1;

  static std::optional<BlockChoice> parse(const std::string& name) {
    BlockChoice out;
    const char* at = name.data();
    const char* const end = at + name.size();
    const auto field = [&](std::string_view mark, int64_t& value) {
      if (!std::string_view(at, end).starts_with(mark)) return false;
      const auto [next, error] = std::from_chars(at + mark.size(), end, value);
      at = next;
      return error == std::errc() && value >= 1 && value <= 64;
    };
    if (!field("k", out.kernel) || out.kernel % 2 == 0 || !field("_e", out.expand)) return {};
    if (at != end && !field("_g", out.groups)) return {};
    return at == end ? std::optional(out) : std::nullopt;
  }
};

struct Stage {
  int64_t width = 16, stride = 1, blocks = 1;

  void read(const ConfigNode& cfg) {
    cfg.read("width", width, {.min = 1, .max = 1 << 14, .required = true, .doc = "channels"});
    cfg.read("stride", stride, {.min = 1, .max = 2, .doc = "2: the first place halves the map"});
    cfg.read("blocks", blocks, {.min = 1, .max = 64, .doc = "places"});
    cfg.finish();
  }
};

struct Options : ImageOptions {
  int64_t stem_width = 16, stem_stride = 2, head = 1984;
  std::vector<std::string> choices = {"skip",  "k3_e1_g2", "k5_e1_g2", "k3_e1", "k5_e1",
                                      "k3_e3", "k5_e3",    "k3_e6",    "k5_e6"};
  std::vector<Stage> stages;
  NormOptions norm;

  static Options read(const ConfigNode& cfg) {
    Options o;
    o.name = "fbnet";
    o.ImageOptions::read(cfg);
    cfg.read("choices", o.choices,
             {.doc = "what a place may hold, from small to large: skip, kKERNEL_eRATIO or "
                     "kKERNEL_eRATIO_gGROUPS"});
    o.check_choices(cfg);
    const ConfigNode stem = cfg.child("stem", "the 3x3 convolution in front");
    stem.read("width", o.stem_width, {.min = 1, .max = 1 << 14, .doc = "channels"});
    stem.read("stride", o.stem_stride, {.min = 1, .max = 2, .doc = "2: halves the image"});
    stem.finish();
    for (const ConfigNode& stage : cfg.children("stages", "places of one width")) {
      o.stages.emplace_back().read(stage);
    }
    if (o.stages.empty()) cfg.fail("stages", "must hold at least one stage");
    o.check_groups(cfg);
    cfg.read("head", o.head, {.min = 1, .max = 1 << 14, .doc = "channels before the classifier"});
    read_norm(cfg, o.norm);
    cfg.finish();
    return o;
  }

 private:
  void check_choices(const ConfigNode& cfg) const {
    if (choices.empty() || choices.size() > 100) cfg.fail("choices", "must hold 1 to 100 names");
    for (const std::string& text : choices) {
      if (std::count(choices.begin(), choices.end(), text) > 1) {
        cfg.fail("choices", str("must hold each text once, got '", text, "' twice"));
      }
      if (text != kSkip && !BlockChoice::parse(text)) {
        cfg.fail("choices", str("must be skip, kKERNEL_eRATIO or kKERNEL_eRATIO_gGROUPS with an "
                                "odd kernel, got '",
                                text, "'"));
      }
    }
  }

  void check_groups(const ConfigNode& cfg) const {
    for (const std::string& text : choices) {
      const auto choice = BlockChoice::parse(text);
      if (!choice) continue;
      int64_t in = stem_width;
      for (const Stage& stage : stages) {
        for (const int64_t width : {in, stage.width}) {
          if (width % choice->groups == 0) continue;
          cfg.fail("choices", str("'", text, "' wants widths that divide into ", choice->groups,
                                  " groups, got ", width));
        }
        in = stage.width;
      }
    }
  }
};

/// Groups op (one slot a place) and r.
std::vector<Axis> make_axes(const Options& o) {
  std::vector<double> numbers;
  for (size_t c = 0; c < o.choices.size(); ++c) numbers.push_back(static_cast<double>(c));
  std::vector<Axis> axes;
  for (size_t s = 0; s < o.stages.size(); ++s) {
    for (int64_t j = 0; j < o.stages[s].blocks; ++j) {
      axes.push_back(number_axis("op", static_cast<int>(axes.size()),
                                 str("stage", s + 1, ".block", j + 1), numbers));
      axes.back().names = o.choices;
    }
  }
  axes.push_back(number_axis("r", 0, "input", axis_values(o.resolutions)));
  return axes;
}

class Fbnet : public SearchSpace {
 public:
  explicit Fbnet(const Options& o) : SearchSpace(o.name, make_axes(o)), o_(o) {}

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    const Workload& load = net.workload();
    const int64_t r = image_size(arch, load);
    int x = net.input({load.batch, o_.channels, r, r});
    int64_t width = o_.stem_width;
    x = net.block("stem", {}, {x}, [&](BlockBuilder& b) {
      conv(b, "", b.input(), o_.channels, width, {.stride = o_.stem_stride, .activation = "relu"},
           3);
    });
    int slot = 0;
    for (size_t s = 0; s < o_.stages.size(); ++s) {
      for (int64_t j = 0; j < o_.stages[s].blocks; ++j) {
        const auto choice = static_cast<size_t>(value(arch, "op", slot++));
        x = place(net, str("stage", s + 1, ".block", j + 1), choice, x, width, o_.stages[s].width,
                  j == 0 ? o_.stages[s].stride : 1);
        width = o_.stages[s].width;
      }
    }
    x = net.block("head", {}, {x}, [&](BlockBuilder& b) {
      conv(b, "", b.input(), width, o_.head, {.activation = "relu"}, 1);
    });
    net.block("classifier", {}, {x}, [&](BlockBuilder& b) {
      pooled_classifier(b, b.input(), Width::fixed(o_.head), o_.classes);
    });
  }

 private:
  Value conv(BlockBuilder& b, const std::string& part, Value x, int64_t in, int64_t out,
             ConvOptions options, int64_t kernel) const {
    options.norm_options = o_.norm;
    return conv_norm_act(b, part, x, Width::fixed(in), Width::fixed(out), Kernel::fixed(kernel),
                         options);
  }

  /// Each choice has weights of its own, so that parts begin with its name.
  int place(NetworkBuilder& net, const std::string& name, size_t choice, int x, int64_t in,
            int64_t out, int64_t stride) const {
    const std::string& what = o_.choices[choice];
    const bool same = stride == 1 && in == out;
    if (what == kSkip && same) return x;
    return net.block(name, {static_cast<int64_t>(choice)}, {x}, [&](BlockBuilder& b) {
      if (what == kSkip) {
        conv(b, what, b.input(), in, out, {.stride = stride, .activation = "relu"}, 1);
      } else {
        bottleneck(b, what, in, out, stride, same);
      }
    });
  }

  /// Figure 3: 1x1, depthwise, 1x1; grouped 1x1 convolutions exchange channels in between.
  void bottleneck(BlockBuilder& b, const std::string& what, int64_t in, int64_t out, int64_t stride,
                  bool residual) const {
    const BlockChoice choice = *BlockChoice::parse(what);
    const int64_t mid = in * choice.expand;
    Value x = conv(b, what + ".expand", b.input(), in, mid,
                   {.groups = choice.groups, .activation = "relu"}, 1);
    if (choice.groups > 1) {
      x = b.add(what + ".shuffle", std::make_shared<ChannelShuffle>(choice.groups), {x});
    }
    x = conv(b, what + ".depthwise", x, mid, mid,
             {.stride = stride, .depthwise = true, .activation = "relu"}, choice.kernel);
    x = conv(b, what + ".project", x, mid, out, {.groups = choice.groups}, 1);
    if (residual) b.add(what + ".add", std::make_shared<Add>(), {x, b.input()});
  }

  const Options o_;
};

}  // namespace

FamilyRegistry::Factory make_fbnet;

std::unique_ptr<SearchSpace> make_fbnet(const ConfigNode& cfg) {
  return std::make_unique<Fbnet>(Options::read(cfg));
}

}  // namespace tailor
