// What trainers' tests share: small data sets on disk, a small space, and a data set that counts
// what is asked of it and can fail, interrupt or spoil a batch.
#pragma once

#include <ATen/ATen.h>
#include <zlib.h>

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/file.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"
#include "trainers/data/dataset.h"

namespace tailor::test {

/// 16 networks at 8 or 12 pixels.
inline const char* const kTinyTrainable = R"(family: mobilenet
name: tiny_trainable
classes: 4
channels: 1
resolutions: [8, 12]
stem: {width: 8, stride: 2, activation: relu}
stages:
  - {width: 8, kernel: [3, 5], expand: [1, 2], depth: [1, 2]}
)";

inline std::string idx_text(const std::vector<int64_t>& shape, const std::vector<uint8_t>& bytes) {
  std::string out = {0, 0, 8, static_cast<char>(shape.size())};
  for (int64_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 255);
  }
  return out.append(bytes.begin(), bytes.end());
}

inline std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Noise with one bright quarter, which is the label.
inline void write_quarters(const std::string& images, const std::string& labels, int64_t n,
                           int64_t size, uint64_t seed) {
  Rng rng(seed);
  std::vector<uint8_t> pixels, classes;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t label = rng.below(4);
    classes.push_back(static_cast<uint8_t>(label));
    for (int64_t y = 0; y < size; ++y) {
      for (int64_t x = 0; x < size; ++x) {
        const bool bright = (2 * y >= size) == (label >= 2) && (2 * x >= size) == (label % 2 == 1);
        pixels.push_back(static_cast<uint8_t>(rng.below(120) + (bright ? 100 : 0)));
      }
    }
  }
  write_file(images, gzip(idx_text({n, size, size}, pixels)));
  write_file(labels, idx_text({n}, classes));
}

/// YAML of a data section with files written into `folder`: 112 images of 12 pixels, 16 of them for
/// validation, and 24 for test. A mirrored image would be of another class.
inline std::string quarters_yaml(const TempDir& folder,
                                 const std::string& augmentation = "crop: 1\nflip: false\n") {
  write_quarters(folder.file("train.gz"), folder.file("train_labels"), 112, 12, 1);
  write_quarters(folder.file("test.gz"), folder.file("test_labels"), 24, 12, 2);
  return "train_images: " + folder.file("train.gz") +
         "\ntrain_labels: " + folder.file("train_labels") +
         "\ntest_images: " + folder.file("test.gz") +
         "\ntest_labels: " + folder.file("test_labels") +
         "\nvalidation: 16\nclass_names: [top left, top right, low left, low right]\n" +
         augmentation;
}

inline std::unique_ptr<train::Dataset> make_data(const std::string& yaml) {
  return train::builtin_datasets().create("idx", ConfigNode::parse(yaml, "data.yaml"));
}

/// Passes everything on; `hook` sees the number of each augmented training batch (from 1), and the
/// batch, before it is handed out.
class WatchedData : public train::Dataset {
 public:
  explicit WatchedData(const train::Dataset& data) : data_(data) {}

  train::DataInfo info() const override { return data_.info(); }
  int64_t size(train::Split split) const override { return data_.size(split); }
  std::string fingerprint() const override { return data_.fingerprint(); }
  train::Batch batch(train::Split split, std::span<const int64_t> indices, int64_t resolution,
                     const Rng* augment) const override {
    train::Batch out = data_.batch(split, indices, resolution, augment);
    if (augment) {
      const int64_t number = ++count_;
      if (hook) hook(number, out);
    }
    return out;
  }

  int64_t count() const { return count_; }
  std::function<void(int64_t, train::Batch&)> hook;

 private:
  const train::Dataset& data_;
  mutable std::atomic<int64_t> count_ = 0;
};

}  // namespace tailor::test
