// RandAugment: a few random operations of one strength.
#pragma once

#include <string>
#include <vector>

#include "core/rng.h"
#include "trainers/data/image.h"

namespace tailor::train {

/// Names of the 14 operations, torchvision's.
std::vector<std::string> rand_augment_names();

/// One operation in place; `strength` in [0, 1] of its full range, negated where `negative` and
/// the operation has a sign. pixels: [height, width, 3]; pixels from outside are black, geometry
/// takes the nearest pixel.
/// Throws UnknownNameError. Source: torchvision, transforms.RandAugment (_augmentation_space) and
/// _apply_op.
void rand_augment_one(Image& image, const std::string& name, double strength, bool negative);

/// `operations` of them, drawn with replacement. magnitude in [0, 30].
/// Source: Cubuk et al. 2020, RandAugment; magnitude in torchvision's 31 bins.
void rand_augment(Image& image, int64_t operations, int64_t magnitude, Rng& rng);

}  // namespace tailor::train
