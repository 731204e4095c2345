// Which training images are kept apart for validation; the same for every data set of files.
#pragma once

#include <cstdint>
#include <vector>

namespace tailor::train {

/// Numbers of images, by split.
struct SplitOrder {
  std::vector<int64_t> train, validation, test;
};

/// `validation` of the training images drawn by `seed`, the others (at most `train_limit`, 0 for
/// all) for training, all test images in order. Throws ConfigError naming data.validation.
SplitOrder split_order(int64_t train_images, int64_t test_images, int64_t validation,
                       int64_t train_limit, int64_t seed);

}  // namespace tailor::train
