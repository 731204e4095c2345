// Decoded pictures of a source, kept where memory allows; damaged ones are counted and replaced.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "trainers/data/image_source.h"

namespace tailor::train {

/// A picture: `view` may be of reduced size (see decode_image), `original` is the file's.
/// Valid as long as it and its store.
struct Picture {
  ImageView view;
  ImageSize original;
  Image owned;  ///< what view shows when the store keeps nothing
};

/// Thread-safe.
class ImageStore {
 public:
  /// Keeps decoded pictures when all of them are expected to fit into `cache_bytes` (judged by the
  /// sizes of up to 64 of them), never more than that. `max_corrupt`: see mark_corrupt.
  ImageStore(std::unique_ptr<ImageSource> source, int64_t cache_bytes, int64_t max_corrupt);
  ~ImageStore();

  const ImageSource& source() const { return *source_; }
  bool caches() const { return caches_; }
  int64_t cached_bytes() const { return cached_bytes_; }

  /// `least_scale` is asked for the reduction that is allowed, given the file's size; a store that
  /// caches decodes in full. Throws IoError: damaged.
  Picture get(int64_t i, const std::function<double(ImageSize)>& least_scale) const;

  /// Known to be damaged.
  bool is_corrupt(int64_t i) const;
  /// Logs and counts a damaged picture, each once. Throws IoError with `reason` when there are more
  /// than max_corrupt.
  void mark_corrupt(int64_t i, const std::string& reason) const;
  int64_t corrupt_count() const;

 private:
  bool expect_to_fit() const;

  const std::unique_ptr<ImageSource> source_;
  const int64_t cache_bytes_, max_corrupt_;
  bool caches_ = false;
  mutable std::vector<std::atomic<const Image*>> cache_;
  mutable std::atomic<int64_t> cached_bytes_ = 0;
  mutable std::mutex mutex_;
  mutable std::set<int64_t> corrupt_;
};

}  // namespace tailor::train
