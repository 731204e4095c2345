// The gated delta rule in chunks, with a backward pass of its own. All inputs in one type (float32
// or double), g may be undefined, state is defined; shapes as in recurrence.h and already checked.
#pragma once

#include <ATen/core/Tensor.h>

#include "supernet/torch/kernels/recurrence/recurrence.h"

namespace tailor::supernet {

struct DeltaArguments {
  at::Tensor q, k, v, g, beta, state;
  int64_t chunk;
};

/// states and writes: what the backward pass needs besides the arguments; undefined unless kept.
struct DeltaForward {
  at::Tensor output, state, states, writes;
};

struct DeltaBackward {
  at::Tensor q, k, v, g, beta, state;  // g undefined when the argument is
};

/// Differentiable; takes the float loops below where they fit, else ATen.
RecurrenceResult chunked_delta_rule(const DeltaArguments& in);

/// The two implementations: ATen, for any type and device, and loops over floats on the CPU.
/// `state` of the arguments is not read by the backward passes.
DeltaForward delta_forward_aten(const DeltaArguments& in, bool keep);
DeltaBackward delta_backward_aten(const DeltaArguments& in, const DeltaForward& kept,
                                  const at::Tensor& output_gradient,
                                  const at::Tensor& state_gradient);
DeltaForward delta_forward_float(const DeltaArguments& in, bool keep);
DeltaBackward delta_backward_float(const DeltaArguments& in, const DeltaForward& kept,
                                   const at::Tensor& output_gradient,
                                   const at::Tensor& state_gradient);

}  // namespace tailor::supernet
