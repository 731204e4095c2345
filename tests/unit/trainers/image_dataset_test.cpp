// The data sets image_folder and cifar10.
// covers: trainers/data/
#include <ATen/ATen.h>

#include <cmath>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/prefetch.h"
#include "tests/support/error_text.h"
#include "tests/support/image_samples.h"
#include "tests/support/temp_dir.h"
#include "tests/support/torch_nets.h"
#include "trainers/data/dataset.h"
#include "trainers/losses.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

/// 12 training and 4 test images of 32 x 40 pixels in two classes; image k has blue 10 k.
void write_images(const test::TempDir& folder) {
  for (int k = 0; k < 16; ++k) {
    const std::string part = k < 12 ? "train" : "test";
    const std::string file = str(part, "/", k % 2 ? "cat" : "ant", "/", k, ".jpg");
    write_file(folder.file(file), test::jpeg_file(test::smooth_image(32, 40, 10 * k)));
  }
}

std::unique_ptr<Dataset> open(const test::TempDir& folder, const std::string& more,
                              const std::string& name = "image_folder") {
  const std::string yaml = "root: " + folder.file("") + "\nvalidation: 4\n" + more;
  return builtin_datasets().create(name, ConfigNode::parse(yaml, "data.yaml"));
}

std::vector<int64_t> first(int64_t n) {
  std::vector<int64_t> out(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) out[static_cast<size_t>(i)] = i;
  return out;
}

/// k of write_images, read off the blue channel.
std::vector<int64_t> numbers(const Dataset& data, const Batch& batch) {
  const DataInfo info = data.info();
  std::vector<int64_t> out;
  for (int64_t i = 0; i < batch.images.size(0); ++i) {
    const double blue = batch.images[i][2].mean().item<double>() * info.std[2] + info.mean[2];
    out.push_back(std::lround(blue * 25.5));
  }
  return out;
}

const char* const kAllVariation =
    "augment: {jitter: {brightness: 0.2, hue: 0.1}, rand_operations: 2, erase: 0.5}\n"
    "mix: {mixup: 0.2, cutmix: 1}\n";

}  // namespace

TEST_CASE("images of folders: splits apart, labels by class, fixed by the seed") {
  const test::TempDir folder;
  write_images(folder);
  const auto data = open(folder, "");
  CHECK(data->info().class_names == std::vector<std::string>{"ant", "cat"});
  CHECK(data->size(Split::train) == 8);
  std::set<int64_t> seen;
  for (Split split : {Split::train, Split::validation, Split::test}) {
    const Batch all = data->batch(split, first(data->size(split)), 24, nullptr);
    const auto found = numbers(*data, all);
    for (size_t i = 0; i < found.size(); ++i) {
      CHECK(all.labels[static_cast<int64_t>(i)].item<int64_t>() == found[i] % 2);
      CHECK((split == Split::test) == (found[i] >= 12));
      seen.insert(found[i]);
    }
  }
  CHECK(seen.size() == 16);
  const auto again = open(folder, ""), other = open(folder, "split_seed: 3\n");
  const auto of = [](const Dataset& d) {
    return numbers(d, d.batch(Split::validation, first(4), 24, nullptr));
  };
  CHECK(of(*again) == of(*data));
  CHECK(of(*other) != of(*data));
  CHECK(again->fingerprint() == data->fingerprint());
}

TEST_CASE("a batch depends on its stream alone, cached or not yet, and is channels last") {
  const test::TempDir folder;
  write_images(folder);
  const auto data = open(folder, kAllVariation);
  const Rng one(1), two(2);
  const Batch a = data->batch(Split::train, first(8), 24, &one);
  const Batch b = data->batch(Split::train, first(8), 24, &one);
  CHECK(a.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(test::same_bits(a.images, b.images));
  CHECK(test::same_bits(a.soft_targets, b.soft_targets));
  CHECK_FALSE(test::same_bits(a.images, data->batch(Split::train, first(8), 24, &two).images));
  CHECK(at::allclose(a.soft_targets.sum(1), at::ones({8})));
  CHECK_FALSE(data->batch(Split::train, first(8), 24, nullptr).soft_targets.defined());
}

TEST_CASE("damaged images are replaced by the next good one, up to the limit") {
  const test::TempDir folder;
  write_images(folder);
  for (int k : {0, 1}) {
    write_file(folder.file(str("train/", k % 2 ? "cat" : "ant", "/", k, ".jpg")), "broken");
  }
  const auto data = open(folder, "max_corrupt: 2\n");
  const auto at_most_one = open(folder, "max_corrupt: 1\n");
  const auto all = numbers(*data, data->batch(Split::train, first(8), 24, nullptr));
  for (int64_t k : all) CHECK(k >= 2);
  CHECK(numbers(*data, data->batch(Split::train, first(8), 24, nullptr)) == all);
  const std::string error = test::error_text<IoError>([&] {
    at_most_one->batch(Split::train, first(8), 24, nullptr);
    at_most_one->batch(Split::validation, first(4), 24, nullptr);
  });
  CHECK(error.find("neither JPEG nor PNG; 2 damaged images are more than data.max_corrupt: 1") !=
        std::string::npos);
}

TEST_CASE("prefetched batches are the same for any number of threads") {
  const test::TempDir folder;
  write_images(folder);
  const auto data = open(folder, kAllVariation);
  const auto make = [&](int64_t step) {
    const Rng augment = Rng(9).fork("step", {step});
    return data->batch(Split::train, std::vector<int64_t>{step % 8, (step + 3) % 8},
                       16 + 8 * (step % 2), &augment);
  };
  Prefetch<Batch> none(0, 20, make, 0, 1), four(0, 20, make, 4, 6);
  for (int64_t step = 0; step < 20; ++step) {
    const Batch a = none.next(), b = four.next();
    CHECK(a.images.size(2) == 16 + 8 * (step % 2));
    CHECK(test::same_bits(a.images, b.images));
    CHECK(test::same_bits(a.labels, b.labels));
    CHECK(test::same_bits(a.soft_targets, b.soft_targets));
  }
}

TEST_CASE("soft targets take the labels' place in the loss") {
  const at::Tensor logits = at::randn({5, 3}), labels = at::tensor({0, 1, 2, 1, 0}, at::kLong);
  const at::Tensor hard = at::one_hot(labels, 3).to(at::kFloat);
  CHECK(label_loss(logits, labels, 0.1).item<float>() ==
        Approx(label_loss(logits, at::zeros({5}, at::kLong), 0.1, hard).item<float>()));
}

TEST_CASE("options that cannot be are refused") {
  const test::TempDir folder;
  write_images(folder);
  auto error = [&](const std::string& more) {
    return test::error_text<ConfigError>([&] { open(folder, more)->info(); });
  };
  CHECK(error("train: x\n").find("must have either root, or train and test") != std::string::npos);
  CHECK(error("mean: [0.5]\n").find("mean: must hold 3 numbers") != std::string::npos);
  CHECK(error("augment: {scale: [0.5]}\n").find("scale: must be [lowest, highest]") !=
        std::string::npos);
}

TEST_CASE("CIFAR-10 is read from its archives") {
  const std::string folder = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/cifar10/";
  if (!file_exists(folder + "train.tar")) {
    WARN("skipped: no " + folder);
    return;
  }
  const std::string yaml = "train: " + folder + "train.tar\ntest: " + folder + "test.tar\n";
  const auto data = builtin_datasets().create("cifar10", ConfigNode::parse(yaml, "data.yaml"));
  CHECK(data->size(Split::train) == 45000);
  CHECK(data->size(Split::validation) == 5000);
  CHECK(data->size(Split::test) == 10000);
  CHECK(data->info().class_names[9] == "truck");
  const Batch batch = data->batch(Split::train, first(500), 32, nullptr);
  CHECK(batch.images.mean().item<double>() == Approx(0).margin(0.1));
  CHECK(batch.images.std().item<double>() == Approx(1).margin(0.1));
}
