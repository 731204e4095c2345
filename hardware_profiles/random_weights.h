// Values for a network that is only timed: no checkpoint is needed to know how long it takes.
#pragma once

#include "core/rng.h"
#include "core/tensor_file.h"
#include "supernet/space/network_spec.h"

namespace tailor::hw {

/// A value for every parameter of a network whose weights are whole (passes.h `standalone`), with
/// the mean and variance of its initialiser, so that no activation overflows or becomes denormal.
/// The same seed gives the same bits.
TensorFile random_weights(const NetworkSpec& standalone, const Rng& rng);

}  // namespace tailor::hw
