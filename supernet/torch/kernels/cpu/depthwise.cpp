// Depthwise convolution kernels. One block of channels of one image is copied into a zero-padded
// buffer that stays in the first-level cache, so that no inner loop knows of borders.
#include "supernet/torch/kernels/cpu/depthwise.h"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "supernet/torch/kernels/cpu/vec.h"

namespace tailor::cpu {
namespace {

/// The padded image of one block of channels: [height][width] of T.
template <class T>
struct Padded {
  int64_t height, width;
  T* data;
};

/// Every (row, column) that some window reads lies inside.
template <class T>
TAILOR_INLINE Padded<T> padded_size(const DepthwiseShape& s, std::vector<T>& storage) {
  const int64_t height = (s.out_height() - 1) * s.stride + s.kernel;
  const int64_t width = (s.out_width() - 1) * s.stride + s.kernel;
  const int64_t rows = std::max(height, s.height + s.padding);
  const int64_t columns = std::max(width, s.width + s.padding);
  storage.assign(static_cast<size_t>(rows * columns), T{});
  return {rows, columns, storage.data()};
}

template <class T>
TAILOR_INLINE void copy_inside(const DepthwiseShape& s, const float* x, const Padded<T>& to) {
  for (int64_t h = 0; h < s.height; ++h) {
    T* row = to.data + (h + s.padding) * to.width + s.padding;
    for (int64_t w = 0; w < s.width; ++w) load(row[w], x + (h * s.width + w) * s.channels);
  }
}

/// P neighbouring outputs: the sums stay in registers over the K x K window.
template <class T, int K, int P>
TAILOR_INLINE void forward_tile(const T* image, int64_t row_stride, int64_t stride, const T* taps,
                                float* y, int64_t channels) {
  T acc[P] = {};
  for (int i = 0; i < K; ++i) {
    const T* row = image + i * row_stride;
    for (int j = 0; j < K; ++j) {
      const T weight = taps[i * K + j];
      for (int p = 0; p < P; ++p) acc[p] += row[p * stride + j] * weight;
    }
  }
  for (int p = 0; p < P; ++p) store(y + p * channels, acc[p]);
}

template <class T, int K>
TAILOR_INLINE void forward_image(const DepthwiseShape& s, const Padded<T>& image, const T* taps,
                                 float* y) {
  const int64_t ow_count = s.out_width();
  for (int64_t oh = 0; oh < s.out_height(); ++oh) {
    const T* row = image.data + oh * s.stride * image.width;
    float* out = y + oh * ow_count * s.channels;
    int64_t ow = 0;
    auto run = [&](auto tile) TAILOR_INLINE_LAMBDA {
      constexpr int P = decltype(tile)::value;
      for (; ow + P <= ow_count; ow += P) {
        forward_tile<T, K, P>(row + ow * s.stride, image.width, s.stride, taps,
                              out + ow * s.channels, s.channels);
      }
    };
    run(std::integral_constant<int, 7>{});
    run(std::integral_constant<int, 4>{});
    run(std::integral_constant<int, 2>{});
    run(std::integral_constant<int, 1>{});
  }
}

template <class T, int K>
TAILOR_INLINE void load_taps(const DepthwiseShape& s, const float* w, T* taps) {
  for (int t = 0; t < K * K; ++t) load(taps[t], w + t * s.channels);
}

template <int K>
TAILOR_INLINE void forward(const DepthwiseShape& s, const float* x, const float* w, float* y,
                           int64_t begin, int64_t end) {
  const int64_t in_size = s.height * s.width * s.channels;
  const int64_t out_size = s.out_height() * s.out_width() * s.channels;
  for_channel_blocks(0, s.channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
    using T = decltype(block);
    std::vector<T> storage;
    const Padded<T> image = padded_size(s, storage);
    T taps[K * K];
    load_taps<T, K>(s, w + c, taps);
    for (int64_t n = begin; n < end; ++n) {
      copy_inside(s, x + n * in_size + c, image);
      forward_image<T, K>(s, image, taps, y + n * out_size + c);
    }
  });
}

/// dx by spreading each output's gradient over its window in the padded buffer.
template <int K>
TAILOR_INLINE void input_gradient(const DepthwiseShape& s, const float* dy, const float* w,
                                  float* dx, int64_t begin, int64_t end) {
  const int64_t in_size = s.height * s.width * s.channels;
  const int64_t oh_count = s.out_height(), ow_count = s.out_width();
  for_channel_blocks(0, s.channels, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
    using T = decltype(block);
    std::vector<T> storage;
    T taps[K * K];
    load_taps<T, K>(s, w + c, taps);
    for (int64_t n = begin; n < end; ++n) {
      const Padded<T> image = padded_size(s, storage);
      const float* grads = dy + n * oh_count * ow_count * s.channels + c;
      for (int64_t o = 0; o < oh_count * ow_count; ++o) {
        T grad;
        load(grad, grads + o * s.channels);
        T* to = image.data + (o / ow_count * s.stride) * image.width + o % ow_count * s.stride;
        for (int i = 0; i < K; ++i) {
          for (int j = 0; j < K; ++j) to[i * image.width + j] += grad * taps[i * K + j];
        }
      }
      for (int64_t h = 0; h < s.height; ++h) {
        const T* row = image.data + (h + s.padding) * image.width + s.padding;
        float* out = dx + n * in_size + h * s.width * s.channels + c;
        for (int64_t x = 0; x < s.width; ++x) store(out + x * s.channels, row[x]);
      }
    }
  });
}

/// Adds one image's share to the K x K sums of one block of channels; K sums stay in registers.
template <class T, int K>
TAILOR_INLINE void weight_gradient_image(const DepthwiseShape& s, const Padded<T>& image,
                                         const T* grads, T* sums) {
  const int64_t oh_count = s.out_height(), ow_count = s.out_width();
  for (int i = 0; i < K; ++i) {
    T acc[K] = {};
    for (int64_t oh = 0; oh < oh_count; ++oh) {
      const T* row = image.data + (oh * s.stride + i) * image.width;
      for (int64_t ow = 0; ow < ow_count; ++ow) {
        const T grad = grads[oh * ow_count + ow];
        for (int j = 0; j < K; ++j) acc[j] += row[ow * s.stride + j] * grad;
      }
    }
    for (int j = 0; j < K; ++j) sums[i * K + j] += acc[j];
  }
}

template <int K>
TAILOR_INLINE void weight_gradient(const DepthwiseShape& s, const float* x, const float* dy,
                                   float* dw, int64_t channel_begin, int64_t channel_end) {
  const int64_t in_size = s.height * s.width * s.channels;
  const int64_t outputs = s.out_height() * s.out_width();
  for_channel_blocks(channel_begin, channel_end, [&](auto block, int64_t c) TAILOR_INLINE_LAMBDA {
    using T = decltype(block);
    std::vector<T> storage, grads(static_cast<size_t>(outputs));
    const Padded<T> image = padded_size(s, storage);
    T sums[K * K] = {};
    for (int64_t n = 0; n < s.batch; ++n) {
      copy_inside(s, x + n * in_size + c, image);
      for (int64_t o = 0; o < outputs; ++o) {
        load(grads[static_cast<size_t>(o)], dy + (n * outputs + o) * s.channels + c);
      }
      weight_gradient_image<T, K>(s, image, grads.data(), sums);
    }
    for (int t = 0; t < K * K; ++t) store(dw + t * s.channels + c, sums[t]);
  });
}

/// Calls body(integral_constant<kernel>) for the kernels that depthwise_supports names.
template <class Body>
TAILOR_INLINE void with_kernel(int64_t kernel, const Body& body) {
  if (kernel == 3) body(std::integral_constant<int, 3>{});
  if (kernel == 5) body(std::integral_constant<int, 5>{});
  if (kernel == 7) body(std::integral_constant<int, 7>{});
}

}  // namespace

bool depthwise_supports(int64_t kernel) { return kernel == 3 || kernel == 5 || kernel == 7; }

TAILOR_CLONES
void depthwise_forward(const DepthwiseShape& s, const float* x, const float* w, float* y,
                       int64_t image_begin, int64_t image_end) {
  with_kernel(s.kernel, [&](auto k) TAILOR_INLINE_LAMBDA {
    forward<decltype(k)::value>(s, x, w, y, image_begin, image_end);
  });
}

TAILOR_CLONES
void depthwise_input_gradient(const DepthwiseShape& s, const float* dy, const float* w, float* dx,
                              int64_t image_begin, int64_t image_end) {
  with_kernel(s.kernel, [&](auto k) TAILOR_INLINE_LAMBDA {
    input_gradient<decltype(k)::value>(s, dy, w, dx, image_begin, image_end);
  });
}

TAILOR_CLONES
void depthwise_weight_gradient(const DepthwiseShape& s, const float* x, const float* dy, float* dw,
                               int64_t channel_begin, int64_t channel_end) {
  with_kernel(s.kernel, [&](auto k) TAILOR_INLINE_LAMBDA {
    weight_gradient<decltype(k)::value>(s, x, dy, dw, channel_begin, channel_end);
  });
}

}  // namespace tailor::cpu
