// Data set "idx": grey images from IDX files (MNIST, Fashion-MNIST, EMNIST ...), held in memory.
#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/file.h"
#include "trainers/data/dataset.h"
#include "trainers/data/idx_file.h"
#include "trainers/data/split_order.h"

namespace tailor::train {
namespace {

const std::string kFashion = "/usr/share/datasets/fashion-mnist/";

struct Options {
  std::string train_images = kFashion + "train-images-idx3-ubyte.gz";
  std::string train_labels = kFashion + "train-labels-idx1-ubyte.gz";
  std::string test_images = kFashion + "t10k-images-idx3-ubyte.gz";
  std::string test_labels = kFashion + "t10k-labels-idx1-ubyte.gz";
  int64_t validation = 5000, split_seed = 0, train_limit = 0;
  std::vector<std::string> class_names = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                          "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
  int64_t crop = 2, erase = 0;
  bool flip = true;

  static Options read(const ConfigNode& cfg) {
    Options o;
    cfg.read("train_images", o.train_images, {.doc = "IDX file of training images, may be gzip"});
    cfg.read("train_labels", o.train_labels, {.doc = "IDX file of their labels"});
    cfg.read("test_images", o.test_images, {.doc = "IDX file of test images"});
    cfg.read("test_labels", o.test_labels, {.doc = "IDX file of their labels"});
    cfg.read("validation", o.validation,
             {.min = 1, .max = 1e9, .doc = "training images kept apart for validation"});
    cfg.read("split_seed", o.split_seed, {.min = 0, .max = 1e15, .doc = "which ones"});
    cfg.read("train_limit", o.train_limit,
             {.min = 0, .max = 1e9, .doc = "use this many training images; 0 for all"});
    cfg.read("class_names", o.class_names, {.doc = "name of each label"});
    cfg.read("crop", o.crop,
             {.min = 0, .max = 64, .doc = "augmentation: shift by up to so many pixels"});
    cfg.read("flip", o.flip, {.doc = "augmentation: mirror half of the images"});
    cfg.read("erase", o.erase,
             {.min = 0, .max = 512, .doc = "augmentation: side of a square set to the mean"});
    cfg.finish();
    return o;
  }
};

struct Part {
  const std::vector<uint8_t>* images = nullptr;
  const std::vector<uint8_t>* labels = nullptr;
  std::vector<int64_t> order;  // index in the split -> index in the file
};

/// The files' content and how it is split; read when something first asks for it.
struct Content {
  int64_t size = 0;
  double mean = 0, std = 1;
  std::vector<uint8_t> train_images, train_labels, test_images, test_labels;
  Part train, validation, test;

  explicit Content(const Options& o) {
    load(o, o.train_images, o.train_labels, train_images, train_labels);
    load(o, o.test_images, o.test_labels, test_images, test_labels);
    split(o);
    measure_pixels();
  }

  const Part& part(Split split) const {
    return split == Split::train ? train : split == Split::validation ? validation : test;
  }

 private:
  void load(const Options& o, const std::string& image_path, const std::string& label_path,
            std::vector<uint8_t>& images, std::vector<uint8_t>& labels) {
    IdxArray i = read_idx(image_path), l = read_idx(label_path);
    if (i.shape.size() != 3 || i.shape[1] != i.shape[2]) {
      throw IoError(image_path + ": must hold square images [N, size, size]");
    }
    if (size != 0 && i.shape[1] != size) {
      throw IoError(str(image_path, ": images of ", i.shape[1], " pixels, the others have ", size));
    }
    if (l.shape.size() != 1 || l.shape[0] != i.shape[0]) {
      throw IoError(str(label_path, ": must hold ", i.shape[0], " labels"));
    }
    size = i.shape[1];
    for (uint8_t label : l.bytes) {
      if (label >= o.class_names.size()) {
        throw IoError(str(label_path, ": label ", static_cast<int>(label), ", but class_names has ",
                          o.class_names.size()));
      }
    }
    images = std::move(i.bytes);
    labels = std::move(l.bytes);
  }

  void split(const Options& o) {
    SplitOrder order = split_order(static_cast<int64_t>(train_labels.size()),
                                   static_cast<int64_t>(test_labels.size()), o.validation,
                                   o.train_limit, o.split_seed);
    train = {&train_images, &train_labels, std::move(order.train)};
    validation = {&train_images, &train_labels, std::move(order.validation)};
    test = {&test_images, &test_labels, std::move(order.test)};
  }

  /// Mean and deviation over the training split alone.
  void measure_pixels() {
    double sum = 0, square = 0, count = 0;
    for (int64_t i : train.order) {
      const uint8_t* p = train_images.data() + i * size * size;
      for (int64_t j = 0; j < size * size; ++j) {
        sum += p[j];
        square += static_cast<double>(p[j]) * p[j];
      }
      count += static_cast<double>(size * size);
    }
    mean = sum / count / 255;
    std = std::max(1e-6, std::sqrt(square / count / 255 / 255 - mean * mean));
  }
};

class IdxDataset : public Dataset {
 public:
  explicit IdxDataset(const Options& o) : o_(o) {}

  DataInfo info() const override {
    const Content& c = content();
    return {1, c.size, {c.mean}, {c.std}, o_.class_names};
  }
  int64_t size(Split split) const override {
    return static_cast<int64_t>(content().part(split).order.size());
  }

  Batch batch(Split split, std::span<const int64_t> indices, int64_t resolution,
              const Rng* augment) const override {
    const Content& c = content();
    const Part& from = c.part(split);
    const auto n = static_cast<int64_t>(indices.size());
    at::Tensor images = at::empty({n, 1, c.size, c.size});
    at::Tensor labels = at::empty({n}, at::kLong);
    auto* out = images.data_ptr<float>();
    auto* label = labels.data_ptr<int64_t>();
    for (int64_t i = 0; i < n; ++i) {
      const int64_t source = from.order.at(static_cast<size_t>(indices[static_cast<size_t>(i)]));
      const uint8_t* pixels = from.images->data() + source * c.size * c.size;
      label[i] = (*from.labels)[static_cast<size_t>(source)];
      float* image = out + i * c.size * c.size;
      if (augment) {
        Rng rng = augment->fork("image", {i});
        write_augmented(pixels, image, rng);
      } else {
        write_shifted(pixels, image, 0, 0, false);
      }
    }
    if (resolution != c.size) {
      images = at::upsample_bilinear2d(images, {resolution, resolution}, false);
    }
    return {images, labels};
  }

  std::string fingerprint() const override {
    const Content& c = content();
    const std::string_view a(reinterpret_cast<const char*>(c.train_images.data()),
                             c.train_images.size());
    const std::string_view b(reinterpret_cast<const char*>(c.test_images.data()),
                             c.test_images.size());
    return hex(fnv1a(b, fnv1a(a)));
  }

 private:
  void write_shifted(const uint8_t* pixels, float* out, int64_t dy, int64_t dx, bool flip) const {
    const Content& c = content();
    const auto scale = static_cast<float>(1 / (255 * c.std));
    const auto offset = static_cast<float>(-c.mean / c.std);
    for (int64_t y = 0; y < c.size; ++y) {
      for (int64_t x = 0; x < c.size; ++x) {
        const int64_t sy = y + dy, sx = (flip ? c.size - 1 - x : x) + dx;
        const bool inside = sy >= 0 && sy < c.size && sx >= 0 && sx < c.size;
        const uint8_t pixel = inside ? pixels[sy * c.size + sx] : uint8_t{0};
        out[y * c.size + x] = static_cast<float>(pixel) * scale + offset;
      }
    }
  }

  void write_augmented(const uint8_t* pixels, float* out, Rng& rng) const {
    const int64_t dy = rng.below(2 * o_.crop + 1) - o_.crop;
    const int64_t dx = rng.below(2 * o_.crop + 1) - o_.crop;
    write_shifted(pixels, out, dy, dx, o_.flip && rng.coin(0.5));
    if (o_.erase <= 0) return;
    const Content& c = content();
    const int64_t y0 = rng.below(c.size) - o_.erase / 2, x0 = rng.below(c.size) - o_.erase / 2;
    for (int64_t y = std::max<int64_t>(y0, 0); y < std::min(c.size, y0 + o_.erase); ++y) {
      for (int64_t x = std::max<int64_t>(x0, 0); x < std::min(c.size, x0 + o_.erase); ++x) {
        out[y * c.size + x] = 0;  // the mean, after normalisation
      }
    }
  }

  const Content& content() const {
    std::call_once(once_, [this] { content_ = std::make_unique<Content>(o_); });
    return *content_;
  }

  const Options o_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Content> content_;
};

}  // namespace

std::string split_name(Split split) {
  return split == Split::train ? "train" : split == Split::validation ? "validation" : "test";
}

DatasetRegistry::Factory make_idx;

std::unique_ptr<Dataset> make_idx(const ConfigNode& cfg) {
  return std::make_unique<IdxDataset>(Options::read(cfg));
}

}  // namespace tailor::train
