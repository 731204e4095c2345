// Data sets "image_folder" and "cifar10": pictures in folders, tar archives or CIFAR's files.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>

#include <ATen/ATen.h>

#include "core/error.h"
#include "trainers/data/dataset.h"
#include "trainers/data/example_writer.h"
#include "trainers/data/mix.h"
#include "trainers/data/split_order.h"

namespace tailor::train {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string root, train, test;
  int64_t validation = 5000, split_seed = 0, train_limit = 0, size = 224;
  int64_t cache_mb = 1024, max_corrupt = 10;
  double test_crop = 0.875;
  // ImageNet's; once-for-all, ofa/imagenet_classification/data_providers/imagenet.py.
  std::vector<double> mean = {0.485, 0.456, 0.406}, std = {0.229, 0.224, 0.225};
  AugmentOptions augment;
  MixOptions mix;

  void read(const ConfigNode& cfg, const std::string& default_crop) {
    cfg.read("train", train,
             {.doc = "folder or .tar of CLASS/FILE, .jpg or .png; training images"});
    cfg.read("test", test, {.doc = "the same of the test images"});
    cfg.read("root", root,
             {.doc = "in place of train and test: a folder or .tar with train/ and test/ or val/"});
    cfg.read("validation", validation,
             {.min = 1, .max = 1e9, .doc = "training images kept apart for validation"});
    cfg.read("split_seed", split_seed, {.min = 0, .max = 1e15, .doc = "which ones"});
    cfg.read("train_limit", train_limit,
             {.min = 0, .max = 1e9, .doc = "use this many training images; 0 for all"});
    cfg.read("size", size, {.min = 1, .max = 4096, .doc = "usual resolution"});
    cfg.read("mean", mean, {.min = 0, .max = 1, .doc = "of red, green and blue in [0, 1]"});
    cfg.read("std", std, {.min = 1e-4, .max = 10, .doc = "their deviation"});
    cfg.read("cache_mb", cache_mb,
             {.min = 0, .max = 1e7, .doc = "keep decoded images when all of a file fit; 0: never"});
    cfg.read(
        "max_corrupt", max_corrupt,
        {.min = 0, .max = 1e9, .doc = "damaged images that are skipped before it is an error"});
    cfg.read("test_crop", test_crop,
             {.min = 0,
              .max = 1,
              .doc = "share of the shorter side that the central crop of a test image shows; 0: "
                     "the whole image, squeezed"});
    augment =
        AugmentOptions::read(cfg.child("augment", "variation of training images"), default_crop);
    mix = MixOptions::read(cfg.child("mix", "mixing the training images of a batch"));
    cfg.finish();
    if (!cfg.recording()) check(cfg);
  }

 private:
  void check(const ConfigNode& cfg) const {
    if (root.empty() == train.empty() || train.empty() != test.empty()) {
      cfg.fail("", "must have either root, or train and test");
    }
    if (mean.size() != 3) cfg.fail("mean", "must hold 3 numbers");
    if (std.size() != 3) cfg.fail("std", "must hold 3 numbers");
  }
};

std::unique_ptr<ImageSource> open_part(const Options& o, bool train) {
  if (o.root.empty()) return open_images(train ? o.train : o.test);
  if (!fs::is_directory(o.root)) {
    return open_images(o.root, train ? std::vector<std::string>{"train"}
                                     : std::vector<std::string>{"test", "val"});
  }
  const std::string test = o.root + "/test";
  return open_images(train ? o.root + "/train" : fs::is_directory(test) ? test : o.root + "/val");
}

/// CIFAR's binary files where `path` is one or a folder of them, otherwise pictures.
std::unique_ptr<ImageSource> open_cifar_part(const Options& o, bool train) {
  const std::string path = !o.root.empty() ? o.root : train ? o.train : o.test;
  if (path.ends_with(".bin")) return open_cifar_batches({path});
  if (!fs::exists(path + "/data_batch_1.bin")) return open_part(o, train);
  if (!train) return open_cifar_batches({path + "/test_batch.bin"});
  std::vector<std::string> files;
  for (int i = 1; i <= 5; ++i) files.push_back(str(path, "/data_batch_", i, ".bin"));
  return open_cifar_batches(files);
}

using OpenPart = std::unique_ptr<ImageSource> (*)(const Options&, bool train);

/// A split: numbers of pictures in a store.
struct Part {
  const ImageStore* store = nullptr;
  const std::vector<int64_t>* labels = nullptr;
  std::vector<int64_t> order;
};

/// The files and how they are split; opened when something first asks for them.
struct Content {
  std::unique_ptr<ImageStore> train_store, test_store;
  std::vector<int64_t> train_labels, test_labels;
  Part train, validation, test;

  Content(const Options& o, OpenPart open) {
    const int64_t cache = o.cache_mb << 20;
    train_store = std::make_unique<ImageStore>(open(o, true), cache, o.max_corrupt);
    test_store = std::make_unique<ImageStore>(open(o, false), cache, o.max_corrupt);
    train_labels = labels_of(*train_store);
    test_labels = labels_of(*test_store);
    split(o);
  }

  const std::vector<std::string>& class_names() const {
    return train_store->source().class_names();
  }
  const Part& part(Split split) const {
    return split == Split::train ? train : split == Split::validation ? validation : test;
  }

 private:
  /// By the training images' class names.
  std::vector<int64_t> labels_of(const ImageStore& store) const {
    std::vector<int64_t> number, out;
    for (const std::string& name : store.source().class_names()) {
      const auto it = std::find(class_names().begin(), class_names().end(), name);
      if (it == class_names().end()) {
        throw IoError(str("class '", name, "' of the test images (", store.source().name(0),
                          ", ...) has no training images"));
      }
      number.push_back(it - class_names().begin());
    }
    for (int64_t i = 0; i < store.source().size(); ++i) {
      out.push_back(number[static_cast<size_t>(store.source().label(i))]);
    }
    return out;
  }

  void split(const Options& o) {
    SplitOrder order = split_order(static_cast<int64_t>(train_labels.size()),
                                   static_cast<int64_t>(test_labels.size()), o.validation,
                                   o.train_limit, o.split_seed);
    train = {train_store.get(), &train_labels, std::move(order.train)};
    validation = {train_store.get(), &train_labels, std::move(order.validation)};
    test = {test_store.get(), &test_labels, std::move(order.test)};
  }
};

class ImageDataset : public Dataset {
 public:
  ImageDataset(Options o, OpenPart open)
      : o_(std::move(o)), open_(open), writer_(o_.augment, o_.test_crop, o_.mean, o_.std) {}

  DataInfo info() const override { return {3, o_.size, o_.mean, o_.std, content().class_names()}; }
  int64_t size(Split split) const override {
    return static_cast<int64_t>(content().part(split).order.size());
  }
  std::string fingerprint() const override {
    return content().train_store->source().fingerprint() +
           content().test_store->source().fingerprint();
  }

  Batch batch(Split split, std::span<const int64_t> indices, int64_t resolution,
              const Rng* augment) const override {
    const Part& part = content().part(split);
    const auto n = static_cast<int64_t>(indices.size());
    Batch out;
    out.images = at::empty({n, 3, resolution, resolution},
                           at::TensorOptions().memory_format(at::MemoryFormat::ChannelsLast));
    out.labels = at::empty({n}, at::kLong);
    auto* images = out.images.data_ptr<float>();
    auto* labels = out.labels.data_ptr<int64_t>();
    for (int64_t i = 0; i < n; ++i) {
      labels[i] = write_example(part, indices[static_cast<size_t>(i)], resolution, augment,
                                images + i * 3 * resolution * resolution);
    }
    if (augment && o_.mix.any()) {
      const auto classes = static_cast<int64_t>(content().class_names().size());
      out.soft_targets = at::empty({n, classes});
      Rng rng = augment->fork("mix");
      mix_batch(images, {labels, static_cast<size_t>(n)}, resolution, classes, o_.mix, rng,
                out.soft_targets.data_ptr<float>());
    }
    return out;
  }

 private:
  /// An example, or the next good one; returns the label.
  int64_t write_example(const Part& part, int64_t index, int64_t resolution, const Rng* augment,
                        float* out) const {
    const auto n = static_cast<int64_t>(part.order.size());
    TAILOR_CHECK(index >= 0 && index < n, "example ", index, " of ", n);
    for (int64_t skipped = 0; skipped < n; ++skipped) {
      const int64_t i = part.order[static_cast<size_t>((index + skipped) % n)];
      if (part.store->is_corrupt(i)) continue;
      try {
        Rng rng = augment ? augment->fork("image", {index}) : Rng(0);
        writer_.write(*part.store, i, resolution, augment ? &rng : nullptr, out);
        return (*part.labels)[static_cast<size_t>(i)];
      } catch (const IoError& e) {
        part.store->mark_corrupt(i, e.what());
      }
    }
    throw IoError(str(part.store->source().name(part.order[0]), ", ...: no good image in ", n));
  }

  const Content& content() const {
    std::call_once(once_, [this] { content_ = std::make_unique<Content>(o_, open_); });
    return *content_;
  }

  const Options o_;
  const OpenPart open_;
  const ExampleWriter writer_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Content> content_;
};

}  // namespace

DatasetRegistry::Factory make_image_folder, make_cifar10;

std::unique_ptr<Dataset> make_image_folder(const ConfigNode& cfg) {
  Options o;
  o.read(cfg, "random_resized");
  return std::make_unique<ImageDataset>(std::move(o), open_part);
}

std::unique_ptr<Dataset> make_cifar10(const ConfigNode& cfg) {
  Options o;
  o.size = 32;
  o.test_crop = 0;
  // Of the 50,000 training images.
  o.mean = {0.4914, 0.4822, 0.4465};
  o.std = {0.247, 0.2435, 0.2616};
  o.read(cfg, "padded");
  return std::make_unique<ImageDataset>(std::move(o), open_cifar_part);
}

}  // namespace tailor::train
