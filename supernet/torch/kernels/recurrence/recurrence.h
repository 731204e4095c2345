#pragma once
#include <ATen/core/Tensor.h>
namespace tailor::supernet {
enum class Form { chunked, recurrent };
struct RecurrenceResult { at::Tensor output, state; };
RecurrenceResult gated_delta_rule(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& g, const at::Tensor& beta, const at::Tensor& state, Form form, int64_t chunk = 64);
RecurrenceResult gated_linear_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& decay, const at::Tensor& state, Form form, int64_t chunk = 64);
RecurrenceResult dplr_delta_rule(const at::Tensor& r, const at::Tensor& w, const at::Tensor& k, const at::Tensor& v, const at::Tensor& a, const at::Tensor& b, const at::Tensor& state, Form form, int64_t chunk = 64);
}
