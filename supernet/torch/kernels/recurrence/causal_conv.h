#pragma once
#include <ATen/core/Tensor.h>
namespace tailor::supernet {
struct ConvResult { at::Tensor output, history; };
ConvResult causal_conv(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& history);
ConvResult dynamic_causal_conv(const at::Tensor& x, const at::Tensor& hidden, const at::Tensor& w2, const at::Tensor& bias, int64_t taps, const at::Tensor& history);
}
