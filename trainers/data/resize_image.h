// Resizing pictures: bilinear with antialiasing.
#pragma once

#include "trainers/data/image.h"

namespace tailor::train {

/// A rectangle of a picture in pixels, fractions allowed.
struct Region {
  double y = 0, x = 0, height = 0, width = 0;
};

/// The region at height x width pixels into `out` [height, width, 3]: triangle filter, as wide as
/// the reduction; pixels next to the region take part, those outside of the view do not (its edge
/// is renormalised). The whole view as region gives Pillow's resize(BILINEAR) within 1 of 255
/// (there the horizontal pass comes first). Source: python-pillow, src/libImaging/Resample.c.
void resize_bilinear(const ImageView& from, const Region& region, int64_t height, int64_t width,
                     uint8_t* out);

}  // namespace tailor::train
