// Splitting and batching.
#include "trainers/gradient/image_halves.h"

#include <cmath>
#include <numeric>

#include "core/error.h"

namespace tailor::train {

ImageHalves::ImageHalves(const Dataset& data, double held_out, int64_t batch, int64_t shards,
                         int64_t resolution, const Rng& rng)
    : data_(data), batch_(batch), shards_(shards), resolution_(resolution), rng_(rng) {
  weights_ = rng.fork("halves").permutation(data.size(Split::train));
  const double share = held_out * static_cast<double>(weights_.size());
  const auto held = static_cast<std::ptrdiff_t>(std::llround(share));
  if (held_out > 0) {
    architecture_.assign(weights_.begin(), weights_.begin() + held);
    weights_.erase(weights_.begin(), weights_.begin() + held);
  } else {
    split_ = Split::validation;
    architecture_.resize(static_cast<size_t>(data.size(split_)));
    std::iota(architecture_.begin(), architecture_.end(), int64_t{0});
  }
  for (const auto* half : {&weights_, &architecture_}) {
    if (static_cast<int64_t>(half->size()) >= batch) continue;
    throw Error(str("a search by gradient has ", half->size(), " images for ",
                    half == &weights_ ? "weights" : "the architecture", ", and batches of ", batch,
                    "; change gradient.held_out or train.batch"));
  }
}

ImageHalves::Step ImageHalves::step(const Epoch& epoch, int64_t step, int64_t architecture) const {
  const auto names = {epoch.part, epoch.number, step};
  const std::vector<int64_t> order = rng_.fork("order", {epoch.part, epoch.number})
                                         .permutation(static_cast<int64_t>(weights_.size()));
  PreparedStep out;
  out.images = batch_;
  out.shards.resize(static_cast<size_t>(shards_));
  for (int64_t s = 0; s < shards_; ++s) {
    std::vector<int64_t> indices;
    for (int64_t i = batch_ * s / shards_; i < batch_ * (s + 1) / shards_; ++i) {
      indices.push_back(
          weights_[static_cast<size_t>(order[static_cast<size_t>(step * batch_ + i)])]);
    }
    if (indices.empty()) continue;
    const Rng augment = rng_.fork("augment", names).fork("shard", {s});
    out.shards[static_cast<size_t>(s)].emplace(
        resolution_, data_.batch(Split::train, indices, resolution_, &augment));
  }
  return {std::move(out),
          architecture < 0 ? std::vector<Batch>{} : architecture_batch(architecture)};
}

std::vector<Batch> ImageHalves::architecture_batch(int64_t number) const {
  const auto size = static_cast<int64_t>(architecture_.size());
  const int64_t a_pass = size / batch_;
  const std::vector<int64_t> order =
      rng_.fork("architecture order", {number / a_pass}).permutation(size);
  std::vector<Batch> out;
  for (int64_t s = 0; s < shards_; ++s) {
    std::vector<int64_t> indices;
    for (int64_t i = batch_ * s / shards_; i < batch_ * (s + 1) / shards_; ++i) {
      const int64_t at = number % a_pass * batch_ + i;
      indices.push_back(architecture_[static_cast<size_t>(order[static_cast<size_t>(at)])]);
    }
    if (!indices.empty()) out.push_back(data_.batch(split_, indices, resolution_, nullptr));
  }
  return out;
}

}  // namespace tailor::train
