// Building inverted bottlenecks.
#include "supernet/blocks/mb_conv.h"

#include <algorithm>
#include <memory>

#include "supernet/ops/elementwise.h"
#include "supernet/ops/pool.h"

namespace tailor {

int64_t make_divisible(double v, int64_t divisor) {
  const auto whole = static_cast<int64_t>(v + static_cast<double>(divisor) / 2);
  int64_t rounded = std::max(divisor, whole / divisor * divisor);
  if (static_cast<double>(rounded) < 0.9 * v) rounded += divisor;
  return rounded;
}

Value squeeze_excite(BlockBuilder& block, const std::string& part, Value x, const Width& width) {
  const Width squeeze{make_divisible(static_cast<double>(width.full / 4)),
                      make_divisible(static_cast<double>(width.used / 4)),
                      width.label.empty() ? "" : width.label + ".squeeze"};
  ConvOptions options{.norm = false, .bias = true};
  Value gate = block.add(part + ".pool", std::make_shared<GlobalAvgPool>(), {x});
  options.activation = "relu";
  gate = conv_norm_act(block, part + ".reduce", gate, width, squeeze, Kernel::fixed(1), options);
  options.activation = "h_sigmoid";
  gate = conv_norm_act(block, part + ".expand", gate, squeeze, width, Kernel::fixed(1), options);
  return block.add(part + ".scale", std::make_shared<Multiply>(), {x, gate});
}

Value mb_conv(BlockBuilder& block, Value x, const MbConvOptions& o) {
  const Value shortcut = x;
  ConvOptions conv{.activation = o.activation, .norm_options = o.norm};
  if (o.expand)
    x = conv_norm_act(block, o.prefix + "expand", x, o.in, o.mid, Kernel::fixed(1), conv);
  conv.stride = o.stride;
  conv.depthwise = true;
  x = conv_norm_act(block, o.prefix + "depthwise", x, o.mid, o.mid, o.kernel, conv);
  if (o.squeeze_excite) x = squeeze_excite(block, o.prefix + "se", x, o.mid);
  conv = {.activation = "identity", .norm_options = o.norm};
  x = conv_norm_act(block, o.prefix + "project", x, o.mid, o.out, Kernel::fixed(1), conv);
  if (o.residual && o.stride == 1 && o.in.used == o.out.used) {
    x = block.add(o.prefix + "add", std::make_shared<Add>(), {x, shortcut});
  }
  return x;
}

}  // namespace tailor
