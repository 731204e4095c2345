// Drawing the validation images.
#include "trainers/data/split_order.h"

#include <numeric>

#include "core/error.h"
#include "core/rng.h"

namespace tailor::train {

SplitOrder split_order(int64_t train_images, int64_t test_images, int64_t validation,
                       int64_t train_limit, int64_t seed) {
  if (validation >= train_images) {
    throw ConfigError(str("data.validation: must be below the ", train_images,
                          " training images, got ", validation));
  }
  const std::vector<int64_t> order =
      Rng(static_cast<uint64_t>(seed)).fork("split").permutation(train_images);
  const auto cut = order.begin() + validation;
  SplitOrder out{.train = {cut, order.end()},
                 .validation = {order.begin(), cut},
                 .test = std::vector<int64_t>(static_cast<size_t>(test_images))};
  if (train_limit > 0 && train_limit < static_cast<int64_t>(out.train.size())) {
    out.train.resize(static_cast<size_t>(train_limit));
  }
  std::iota(out.test.begin(), out.test.end(), 0);
  return out;
}

}  // namespace tailor::train
