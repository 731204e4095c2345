#include "supernet/torch/kernels/recurrence/recurrence.h"
#include "supernet/torch/kernels/recurrence/causal_conv.h"
#include "core/error.h"
namespace tailor::supernet {
using T = const at::Tensor&;
RecurrenceResult gated_delta_rule(T, T, T, T, T, T, Form, int64_t) { throw Error("stub"); }
RecurrenceResult gated_linear_attention(T, T, T, T, T, Form, int64_t) { throw Error("stub"); }
RecurrenceResult dplr_delta_rule(T, T, T, T, T, T, T, Form, int64_t) { throw Error("stub"); }
ConvResult causal_conv(T, T, T, T) { throw Error("stub"); }
ConvResult dynamic_causal_conv(T, T, T, T, int64_t, T) { throw Error("stub"); }
}
