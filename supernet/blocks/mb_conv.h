// The inverted bottleneck (MobileNetV2) with optional squeeze-excite (MobileNetV3), and rounding.
#pragma once

#include "supernet/blocks/conv_norm_act.h"

namespace tailor {

/// Nearest multiple of 8, not less than 90 % of v. Source: once-for-all, ofa/utils/common_tools.py
/// (make_divisible).
int64_t make_divisible(double v, int64_t divisor = 8);

struct MbConvOptions {
  Width in, mid, out;
  Kernel kernel;
  int64_t stride = 1;
  std::string activation = "relu";
  bool squeeze_excite = false;
  bool expand = true;    ///< false: no expansion convolution (mid == in)
  bool residual = true;  ///< adds the input where stride is 1 and in == out
  NormOptions norm = {};
  std::string prefix = "";  ///< of the parts' names
};

/// Parts "expand", "depthwise", "se", "project", "add".
Value mb_conv(BlockBuilder& block, Value x, const MbConvOptions& options);

/// x * h_sigmoid(expand(relu(reduce(mean(x))))); squeeze = make_divisible(width / 4) of the used
/// and of the stored width. Parts "part.pool", ".reduce", ".expand", ".gate", ".scale".
Value squeeze_excite(BlockBuilder& block, const std::string& part, Value x, const Width& width);

}  // namespace tailor
