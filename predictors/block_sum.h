// A figure of a network that is a sum over its blocks, as tables over choices.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "predictors/factor_sum.h"
#include "supernet/space/block_places.h"

namespace tailor::predict {

/// What a block (never null) counts at a place.
using BlockValue = std::function<double(size_t place, const BlockChoice& choice)>;

/// One factor a place. Entries without a block are 0, those that no arch leads to NaN.
FactorSum sum_over_places(const SearchSpace& space, const std::vector<BlockPlace>& places,
                          double constant, const BlockValue& value);

/// Tables made when they pay: finding them takes as long as lowering some hundred archs, so the
/// first archs are looked at one by one. Thread-safe.
template <class Tables>
class WhenItPays {
 public:
  explicit WhenItPays(std::function<Tables()> make) : make_(std::move(make)) {}

  /// The tables once `archs` more have been asked about enough, else null.
  const Tables* after(size_t archs) const {
    if (asked_.fetch_add(archs, std::memory_order_relaxed) + archs < kPays) return nullptr;
    std::call_once(made_, [&] { tables_ = std::make_unique<const Tables>(make_()); });
    return tables_.get();
  }

 private:
  static constexpr size_t kPays = 500;
  std::function<Tables()> make_;
  mutable std::atomic<size_t> asked_ = 0;
  mutable std::once_flag made_;
  mutable std::unique_ptr<const Tables> tables_;
};

}  // namespace tailor::predict
