// Declaring and checking the fields.
#include "supernet/families/mobilenet_options.h"

#include "core/config_node.h"
#include "core/error.h"
#include "supernet/blocks/mb_conv.h"
#include "supernet/ops/activation.h"
#include "supernet/space/choices.h"

namespace tailor {

void MobileNetStem::read(const ConfigNode& cfg) {
  cfg.read("width", width, {.min = 1, .max = 1 << 14, .doc = "output channels"});
  cfg.read("kernel", kernel, {.min = 1, .max = 31, .doc = "kernel size, odd"});
  if (kernel % 2 == 0) cfg.fail("kernel", str("must be odd, got ", kernel));
  cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride"});
  cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
  cfg.finish();
}

void MobileNetFirstBlock::read(const ConfigNode& cfg) {
  cfg.read("width", width, {.min = 0, .max = 1 << 14, .doc = "output channels; 0 for no block"});
  cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
  cfg.read("residual", residual, {.doc = "adds its input where shapes allow"});
  cfg.finish();
}

void MobileNetStage::read(const ConfigNode& cfg) {
  cfg.read("width", width, {.min = 1, .max = 1 << 14, .required = true, .doc = "channels"});
  cfg.read("stride", stride, {.min = 1, .max = 8, .doc = "stride of the first block"});
  cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
  cfg.read("squeeze_excite", squeeze_excite, {.doc = "squeeze-excite after the depthwise part"});
  cfg.read("residual", residual, {.doc = "blocks add their input where shapes allow"});
  read_choices(cfg, "kernel", kernel,
               {.min = 0, .max = 31, .doc = "choices of kernel size, odd; 0 skips a block"});
  read_choices(cfg, "expand", expand, {.min = 0.1, .max = 64, .doc = "choices of expansion ratio"});
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

std::vector<int64_t> MobileNetStage::sizes() const {
  std::vector<int64_t> out = kernel;
  std::erase(out, 0);
  return out;
}

void MobileNetHead::read(const ConfigNode& cfg) {
  cfg.read("width", width, {.min = 0, .max = 1 << 14, .doc = "output channels; 0 for none"});
  cfg.read("activation", activation, {.choices = activation_names(), .doc = "activation"});
  cfg.read("after_pool", after_pool,
           {.doc = "works on the pooled features, without norm (MobileNetV3)"});
  cfg.finish();
}

MobileNetOptions MobileNetOptions::read(const ConfigNode& cfg) {
  MobileNetOptions o;
  o.name = "mobilenet";
  o.ImageOptions::read(cfg);
  cfg.read("width_mult", o.width_mult,
           {.min = 0.05, .max = 16, .doc = "multiplies every width, rounded to multiples of 8"});
  cfg.read("kernel_transform", o.kernel_transform,
           {.doc = "smaller kernels through OFA's matrices; else the largest one's centre"});
  cfg.read("own_weights", o.own_weights,
           {.doc = "each choice of kernel and ratio has weights of its own, in files under the "
                   "names of ProxylessNAS; else choices share them"});
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

int64_t MobileNetOptions::wide(int64_t width) const {
  return make_divisible(static_cast<double>(width) * width_mult);
}

int64_t MobileNetOptions::in_width(size_t s, int64_t j) const {
  if (j > 0) return wide(stages[s].width);
  if (s > 0) return wide(stages[s - 1].width);
  return wide(first.width > 0 ? first.width : stem.width);
}

int64_t mid_width(int64_t in, double e) { return e == 1 ? in : inner_width(in, e); }

}  // namespace tailor
