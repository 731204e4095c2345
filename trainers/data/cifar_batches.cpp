// CIFAR-10's binary files, held in memory.
#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "trainers/data/image_source.h"

namespace tailor::train {
namespace {

constexpr int64_t kSide = 32, kPlane = kSide * kSide, kRecord = 1 + 3 * kPlane;

class CifarSource : public ImageSource {
 public:
  explicit CifarSource(const std::vector<std::string>& paths) : paths_(paths) {
    for (const std::string& path : paths) {
      std::string bytes = read_file(path);
      const auto size = static_cast<int64_t>(bytes.size());
      if (size == 0 || size % kRecord != 0) {
        throw IoError(
            str(path, ": ", size, " bytes are no whole number of CIFAR-10 records of ", kRecord));
      }
      for (int64_t at = 0; at < size; at += kRecord) {
        const int label = static_cast<uint8_t>(bytes[static_cast<size_t>(at)]);
        if (label < 10) continue;
        throw IoError(str(path, ": record ", at / kRecord, " has label ", label, ", not 0 to 9"));
      }
      begins_.push_back(static_cast<int64_t>(bytes_.size()) / kRecord);
      bytes_ += bytes;
    }
  }

  int64_t size() const override { return static_cast<int64_t>(bytes_.size()) / kRecord; }
  int64_t label(int64_t i) const override {
    return static_cast<uint8_t>(bytes_[static_cast<size_t>(i * kRecord)]);
  }
  const std::vector<std::string>& class_names() const override { return cifar10_class_names(); }
  std::string name(int64_t i) const override {
    const auto after = std::upper_bound(begins_.begin(), begins_.end(), i);
    const auto file = static_cast<size_t>(after - begins_.begin()) - 1;
    return str(paths_[file], ": record ", i - begins_[file]);
  }
  std::string encoded(int64_t i) const override {
    return bytes_.substr(static_cast<size_t>(i * kRecord + 1), static_cast<size_t>(3 * kPlane));
  }
  ImageSize measure(std::string_view, const std::string&) const override { return {kSide, kSide}; }
  /// Stored plane by plane.
  Image decode(std::string_view bytes, const std::string& name, double) const override {
    TAILOR_CHECK(static_cast<int64_t>(bytes.size()) == 3 * kPlane, name);
    Image out{kSide, kSide, std::vector<uint8_t>(bytes.size())};
    for (size_t p = 0; p < kPlane; ++p) {
      for (size_t c = 0; c < 3; ++c) {
        out.pixels[3 * p + c] = static_cast<uint8_t>(bytes[c * kPlane + p]);
      }
    }
    return out;
  }
  std::string fingerprint() const override { return hex(fnv1a(bytes_)); }

 private:
  const std::vector<std::string> paths_;
  std::vector<int64_t> begins_;
  std::string bytes_;
};

}  // namespace

const std::vector<std::string>& cifar10_class_names() {
  static const std::vector<std::string> names = {
      "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  return names;
}

std::unique_ptr<ImageSource> open_cifar_batches(const std::vector<std::string>& paths) {
  return std::make_unique<CifarSource>(paths);
}

}  // namespace tailor::train
