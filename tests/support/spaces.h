// Spaces that several tests share: small ones with known sizes, and those of configs/spaces.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "supernet/ops/linear.h"
#include "supernet/space/builder.h"
#include "supernet/space/search_space.h"

namespace tailor::test {

/// The space of a config section given as YAML.
inline std::unique_ptr<SearchSpace> space_of(const std::string& yaml) {
  return make_space(ConfigNode::parse(yaml, "test.yaml"));
}

/// The space of configs/spaces/NAME.yaml, with --set assignments.
inline std::unique_ptr<SearchSpace> shipped_space(const std::string& name,
                                                  const std::vector<std::string>& set = {}) {
  ConfigNode config =
      ConfigNode::load(std::string(TAILOR_SOURCE_DIR) + "/configs/spaces/" + name + ".yaml");
  for (const std::string& assignment : set) config.set(assignment);
  auto space = make_space(config.child("space"));
  config.finish();
  return space;
}

/// Names of a network's blocks, in order.
inline std::vector<std::string> block_names(const NetworkSpec& spec) {
  std::vector<std::string> names;
  for (const BlockUse& use : spec.blocks) names.push_back(use.block->name);
  return names;
}

/// Names of the files in configs/spaces, sorted.
inline std::vector<std::string> shipped_space_names() {
  std::vector<std::string> names;
  const std::string folder = std::string(TAILOR_SOURCE_DIR) + "/configs/spaces";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// 40 networks: stage 1 of one or two blocks (4 choices each), a fixed stage 2, two image sizes.
inline const char* const kTinyMobileNet = R"(family: mobilenet
name: tiny
classes: 10
channels: 1
resolutions: [16, 20]
stem: {width: 8, stride: 2, activation: relu}
stages:
  - {width: 16, kernel: [3, 5], expand: [2, 3], depth: [1, 2]}
  - {width: 24, stride: 2, squeeze_excite: true, kernel: [3], expand: [3], depth: [1]}
)";

/// 16 networks: two stages of one or two blocks, 8 or 16 wide at first.
inline const char* const kTinyResNet = R"(family: resnet
name: tiny_res
classes: 10
channels: 1
resolutions: [12]
stem_width: 8
stages:
  - {width: [8, 16], depth: [1, 2]}
  - {width: [16, 24], depth: [1, 2], stride: 2}
)";

/// 576 networks: the stem's residual layer or not, stem of 8 or 16 channels, two stages of one or
/// two bottlenecks of two widths and two ratios; an image size that makes odd maps.
inline const char* const kTinyResNet50d = R"(family: resnet50d
name: tiny_50d
classes: 10
channels: 1
resolutions: [17]
stem_width: 16
width_mults: [0.5, 1]
expand: [0.5, 1]
extra_depth: [0, 1]
stages:
  - {width: 32, depth: 1, stride: 1}
  - {width: 64, depth: 1, stride: 2}
)";

/// 48 networks: a strided block of 4 choices, then one or two blocks of 2 choices, two image sizes.
inline const char* const kTinyXception = R"(family: xception
name: tiny_xception
classes: 10
channels: 1
resolutions: [16, 17]
stem: [8]
head: [24]
stages:
  - {width: 16, stride: 2, kernel: [3, 5], expand: [0.5, 1], depth: [1]}
  - {width: 16, convs: 3, kernel: [3], expand: [0.5, 1], depth: [1, 2]}
)";

/// 27 networks: two places of three choices, then a strided one that is twice as wide.
inline const char* const kTinyFbnet = R"(family: fbnet
name: tiny_fbnet
classes: 10
channels: 1
resolutions: [16]
choices: [skip, k3_e1_g2, k5_e3]
stem: {width: 8, stride: 2}
stages:
  - {width: 8, blocks: 2}
  - {width: 16, stride: 2, blocks: 1}
head: 24
)";

/// The tiny spaces, one a family.
/// A language model of a few thousand parameters.
inline constexpr const char* kTinyLanguage = R"(
family: hybrid_lm
layers: 3
hidden: 16
tokens: 24
mixers: [none, gla, gdn, jet, swa, attn]
attention: {heads: 2, kv_heads: 1, head_dim: 8, window: [5], rope_theta: 1e4}
linear: {heads: [1, 2], d_k: [4, 8], d_v: [8, 16]}
mlp: [32]
)";

inline const std::vector<const char*> kTinySpaces = {kTinyMobileNet, kTinyResNet, kTinyResNet50d,
                                                     kTinyXception, kTinyFbnet};

/// 14 networks: 1 to 3 linear blocks (axis d), block j of width 4, 5 or 8 (axis w[j]); 5 counts
/// as 4.
class SlotSpace : public SearchSpace {
 public:
  SlotSpace() : SearchSpace("toy", axes()) {}

  static std::vector<Axis> axes() {
    std::vector<Axis> out;
    const Axis depth = number_axis("d", 0, "network", {1, 2, 3});
    for (int j = 0; j < 3; ++j) {
      Axis width = number_axis("w", j, "block" + std::to_string(j + 1), {4, 5, 8});
      width.same_as[1] = 0;
      out.push_back(depends_on(width, 3, depth, [j](double d) { return d > j; }));
    }
    out.push_back(depth);
    return out;
  }

 protected:
  void build(const Arch& arch, NetworkBuilder& net) const override {
    int x = net.input({net.workload().batch, 4});
    Width in = Width::fixed(4);
    for (int j = 0; j < static_cast<int>(value(arch, "d")); ++j) {
      const Width out{8, value(arch, "w", j) < 8 ? 4 : 8, ""};
      x = net.block("block" + std::to_string(j + 1), {out.used}, {x}, [&](BlockBuilder& b) {
        b.add("linear", std::make_shared<Linear>(), {b.input()},
              {WeightRef{.name = b.full_name("linear") + ".weight",
                         .dims = {{8, 0, out.used, ""}, {j == 0 ? 4 : 8, 0, in.used, ""}}}});
      });
      in = out;
    }
  }
};

/// What a network is: the keys of its blocks and the parts of the parameters it uses.
inline std::string network_identity(const NetworkSpec& spec) {
  std::string text;
  for (const BlockUse& use : spec.blocks) {
    text += use.block->name + " " + use.block->key + "\n";
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        text += ref.name + shape_text(ref.full_shape()) + shape_text(ref.used_shape()) + " ";
      }
    }
  }
  return text;
}

}  // namespace tailor::test
