// Mixing the images and labels of a batch: mixup and CutMix.
#pragma once

#include <span>

#include "core/config_node.h"
#include "core/rng.h"

namespace tailor::train {

/// A batch is mixed with itself in reverse order, the share drawn once a batch from Beta(a, a).
struct MixOptions {
  double mixup = 0, cutmix = 0, probability = 1;

  static MixOptions read(const ConfigNode& cfg);
  bool any() const { return mixup > 0 || cutmix > 0; }
};

/// Mixes in place. images: [n, resolution, resolution, 3]; targets: [n, classes], written from
/// `labels`. Where both kinds are asked for each batch takes one of them by coin.
/// Source: Zhang et al. 2018, mixup; Yun et al. 2019, CutMix (algorithm of the box: its centre is
/// uniform, the share is that of the pixels left after clipping).
void mix_batch(float* images, std::span<const int64_t> labels, int64_t resolution, int64_t classes,
               const MixOptions& options, Rng& rng, float* targets);

}  // namespace tailor::train
