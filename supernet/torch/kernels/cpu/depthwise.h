// Depthwise convolution on float channels-last buffers, forward and both gradients. Plain pointers;
// instruction set chosen at run time.
#pragma once

#include <cstdint>

namespace tailor::cpu {

/// x [N, H, W, C], w [k, k, C] (kernel position outermost), y [N, OH, OW, C].
struct DepthwiseShape {
  int64_t batch, height, width, channels;
  int64_t kernel, stride, padding;
  int64_t out_height() const { return (height + 2 * padding - kernel) / stride + 1; }
  int64_t out_width() const { return (width + 2 * padding - kernel) / stride + 1; }
};

/// Kernels of 3, 5 and 7.
bool depthwise_supports(int64_t kernel);

/// y for images [image_begin, image_end).
void depthwise_forward(const DepthwiseShape& s, const float* x, const float* w, float* y,
                       int64_t image_begin, int64_t image_end);

/// dx for images [image_begin, image_end).
void depthwise_input_gradient(const DepthwiseShape& s, const float* dy, const float* w, float* dx,
                              int64_t image_begin, int64_t image_end);

/// dw [k, k, C] for channels [channel_begin, channel_end); written, not added to.
void depthwise_weight_gradient(const DepthwiseShape& s, const float* x, const float* dy, float* dw,
                               int64_t channel_begin, int64_t channel_end);

}  // namespace tailor::cpu
