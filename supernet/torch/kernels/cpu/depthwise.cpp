// Depthwise convolution kernels: a block of channels stays in registers while the window moves.
#include "supernet/torch/kernels/cpu/depthwise.h"

#include <algorithm>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

/// Kernel positions [begin, end) for which start + position lies in [0, size).
struct Window {
  int64_t begin, end;
};
TAILOR_INLINE Window window(int64_t start, int64_t kernel, int64_t size) {
  return {std::max<int64_t>(0, -start), std::min(kernel, size - start)};
}

/// P neighbouring outputs of one row for one block of channels. For P > 1 no column is padding.
template <class T, int P>
TAILOR_INLINE void forward_tile(const DepthwiseShape& s, const float* x, const float* w, float* y,
                                int64_t ih, int64_t ow, Window kh) {
  const int64_t c = s.channels;
  T acc[P] = {};
  const int64_t iw = ow * s.stride - s.padding;
  const Window kw = P > 1 ? Window{0, s.kernel} : window(iw, s.kernel, s.width);
  for (int64_t i = kh.begin; i < kh.end; ++i) {
    const float* row = x + ((ih + i) * s.width + iw) * c;
    for (int64_t j = kw.begin; j < kw.end; ++j) {
      T weight;
      load(weight, w + (i * s.kernel + j) * c);
      for (int p = 0; p < P; ++p) {
        T in;
        load(in, row + (p * s.stride + j) * c);
        acc[p] += in * weight;
      }
    }
  }
  for (int p = 0; p < P; ++p) store(y + (ow + p) * c, acc[p]);
}

/// One output row for one block of channels: tiles of six outputs where no column is padding.
template <class T>
TAILOR_INLINE void forward_row(const DepthwiseShape& s, const float* x, const float* w, float* y,
                               int64_t oh) {
  constexpr int kTile = 6;
  const int64_t ih = oh * s.stride - s.padding;
  const Window kh = window(ih, s.kernel, s.height);
  const int64_t out = s.out_width();
  const int64_t inner = std::min(out, (s.padding + s.stride - 1) / s.stride);
  const int64_t limit = s.width + s.padding - s.kernel;  // largest ow * stride without padding
  int64_t ow = 0;
  for (; ow < inner; ++ow) forward_tile<T, 1>(s, x, w, y, ih, ow, kh);
  for (; ow + kTile <= out && (ow + kTile - 1) * s.stride <= limit; ow += kTile) {
    forward_tile<T, kTile>(s, x, w, y, ih, ow, kh);
  }
  for (; ow + 2 <= out && (ow + 1) * s.stride <= limit; ow += 2) {
    forward_tile<T, 2>(s, x, w, y, ih, ow, kh);
  }
  for (; ow < out; ++ow) forward_tile<T, 1>(s, x, w, y, ih, ow, kh);
}

/// dy of one output spread over its window, for one block of channels.
template <class T>
TAILOR_INLINE void scatter(const DepthwiseShape& s, const float* dy, const float* w, float* dx,
                           int64_t ih, int64_t iw, Window kh, Window kw) {
  T grad;
  load(grad, dy);
  for (int64_t i = kh.begin; i < kh.end; ++i) {
    for (int64_t j = kw.begin; j < kw.end; ++j) {
      float* to = dx + ((ih + i) * s.width + iw + j) * s.channels;
      T tap, sum;
      load(tap, w + (i * s.kernel + j) * s.channels);
      load(sum, to);
      store(to, sum + grad * tap);
    }
  }
}

/// Adds one image's share to the K x K sums of one block of channels.
template <class T, int K>
TAILOR_INLINE void weight_gradient_image(const DepthwiseShape& s, const float* x, const float* dy,
                                         T* sums) {
  const int64_t c = s.channels, oh_count = s.out_height(), ow_count = s.out_width();
  for (int64_t i = 0; i < K; ++i) {
    T acc[K] = {};
    for (int64_t oh = 0; oh < oh_count; ++oh) {
      const int64_t ih = oh * s.stride - s.padding + i;
      if (ih < 0 || ih >= s.height) continue;
      const float* row = x + ih * s.width * c;
      for (int64_t ow = 0; ow < ow_count; ++ow) {
        const int64_t iw = ow * s.stride - s.padding;
        T grad;
        load(grad, dy + (oh * ow_count + ow) * c);
        const bool inside = iw >= 0 && iw + K <= s.width;
        for (int j = 0; j < K; ++j) {
          if (!inside && (iw + j < 0 || iw + j >= s.width)) continue;
          T in;
          load(in, row + (iw + j) * c);
          acc[j] += in * grad;
        }
      }
    }
    for (int j = 0; j < K; ++j) sums[i * K + j] += acc[j];
  }
}

template <int K>
TAILOR_INLINE void weight_gradient(const DepthwiseShape& s, const float* x, const float* dy,
                                   float* dw, int64_t channel_begin, int64_t channel_end) {
  const int64_t in_size = s.height * s.width * s.channels;
  const int64_t out_size = s.out_height() * s.out_width() * s.channels;
  for_channel_blocks(channel_begin, channel_end, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
    using T = decltype(block);
    T sums[K * K] = {};
    for (int64_t n = 0; n < s.batch; ++n) {
      weight_gradient_image<T, K>(s, x + n * in_size + c, dy + n * out_size + c, sums);
    }
    for (int t = 0; t < K * K; ++t) store(dw + t * s.channels + c, sums[t]);
  });
}

}  // namespace

bool depthwise_supports(int64_t kernel) { return kernel == 3 || kernel == 5 || kernel == 7; }

TAILOR_CLONES
void depthwise_forward(const DepthwiseShape& s, const float* x, const float* w, float* y,
                       int64_t row_begin, int64_t row_end) {
  const int64_t oh_count = s.out_height(), row_size = s.out_width() * s.channels;
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* image = x + row / oh_count * s.height * s.width * s.channels;
    for_channel_blocks(0, s.channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
      forward_row<decltype(block)>(s, image + c, w + c, y + row * row_size + c, row % oh_count);
    });
  }
}

TAILOR_CLONES
void depthwise_input_gradient(const DepthwiseShape& s, const float* dy, const float* w, float* dx,
                              int64_t image_begin, int64_t image_end) {
  const int64_t oh_count = s.out_height(), ow_count = s.out_width();
  const int64_t in_size = s.height * s.width * s.channels;
  const int64_t out_size = oh_count * ow_count * s.channels;
  std::memset(dx + image_begin * in_size, 0,
              sizeof(float) * static_cast<size_t>((image_end - image_begin) * in_size));
  for (int64_t n = image_begin; n < image_end; ++n) {
    for (int64_t o = 0; o < oh_count * ow_count; ++o) {
      const int64_t ih = o / ow_count * s.stride - s.padding;
      const int64_t iw = o % ow_count * s.stride - s.padding;
      const Window kh = window(ih, s.kernel, s.height), kw = window(iw, s.kernel, s.width);
      const float* grad = dy + n * out_size + o * s.channels;
      for_channel_blocks(0, s.channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
        scatter<decltype(block)>(s, grad + c, w + c, dx + n * in_size + c, ih, iw, kh, kw);
      });
    }
  }
}

TAILOR_CLONES
void depthwise_weight_gradient(const DepthwiseShape& s, const float* x, const float* dy, float* dw,
                               int64_t channel_begin, int64_t channel_end) {
  switch (s.kernel) {
    case 3: return weight_gradient<3>(s, x, dy, dw, channel_begin, channel_end);
    case 5: return weight_gradient<5>(s, x, dy, dw, channel_begin, channel_end);
    case 7: return weight_gradient<7>(s, x, dy, dw, channel_begin, channel_end);
    default: return;  // depthwise_supports says no
  }
}

}  // namespace tailor::cpu
