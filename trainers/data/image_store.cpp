// The cache of decoded pictures and the list of damaged ones.
#include "trainers/data/image_store.h"

#include "core/error.h"
#include "core/log.h"

namespace tailor::train {

ImageStore::ImageStore(std::unique_ptr<ImageSource> source, int64_t cache_bytes,
                       int64_t max_corrupt)
    : source_(std::move(source)), cache_bytes_(cache_bytes), max_corrupt_(max_corrupt) {
  caches_ = cache_bytes_ > 0 && expect_to_fit();
  if (caches_)
    cache_ = std::vector<std::atomic<const Image*>>(static_cast<size_t>(source_->size()));
}

ImageStore::~ImageStore() {
  for (const auto& image : cache_) delete image.load();
}

bool ImageStore::expect_to_fit() const {
  const int64_t n = source_->size(), tries = std::min<int64_t>(n, 64);
  double pixels = 0;
  int64_t good = 0;
  for (int64_t t = 0; t < tries; ++t) {
    const int64_t i = t * n / tries;
    try {
      const ImageSize size = source_->measure(source_->encoded(i), source_->name(i));
      pixels += static_cast<double>(size.height * size.width);
      ++good;
    } catch (const IoError&) {  // reported when it is asked for
    }
  }
  return good > 0 && 3 * pixels / static_cast<double>(good) * static_cast<double>(n) <=
                         static_cast<double>(cache_bytes_);
}

Picture ImageStore::get(int64_t i, const std::function<double(ImageSize)>& least_scale) const {
  if (caches_) {
    if (const Image* kept = cache_[static_cast<size_t>(i)]) {
      return {view_of(*kept), {kept->height, kept->width}, {}};
    }
  }
  const std::string name = source_->name(i), bytes = source_->encoded(i);
  Picture out;
  if (!caches_) {
    out.original = source_->measure(bytes, name);
    out.owned = source_->decode(bytes, name, least_scale(out.original));
    out.view = view_of(out.owned);
    return out;
  }
  auto image = std::make_unique<const Image>(source_->decode(bytes, name, 1));
  out.original = {image->height, image->width};
  const auto size = static_cast<int64_t>(image->pixels.size());
  if (cached_bytes_.fetch_add(size) + size <= cache_bytes_) {
    const Image* expected = nullptr;
    if (cache_[static_cast<size_t>(i)].compare_exchange_strong(expected, image.get())) {
      out.view = view_of(*image.release());
      return out;
    }
  }
  cached_bytes_ -= size;  // full, or another thread was first
  out.owned = *image;
  out.view = view_of(out.owned);
  return out;
}

bool ImageStore::is_corrupt(int64_t i) const {
  const std::lock_guard lock(mutex_);
  return corrupt_.count(i) > 0;
}

void ImageStore::mark_corrupt(int64_t i, const std::string& reason) const {
  const std::lock_guard lock(mutex_);
  if (!corrupt_.insert(i).second) return;
  const auto count = static_cast<int64_t>(corrupt_.size());
  if (count > max_corrupt_) {
    throw IoError(str(reason, "; ", count, " damaged images are more than data.max_corrupt: ",
                      max_corrupt_, "; repair or remove them, or raise the limit"));
  }
  log_warning(reason, "; another image takes its place (", count, " damaged so far)");
}

int64_t ImageStore::corrupt_count() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(corrupt_.size());
}

}  // namespace tailor::train
