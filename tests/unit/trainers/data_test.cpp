// IDX files and the data set made of them.
// covers: trainers/data/
#include <ATen/ATen.h>

#include <set>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_training.h"
#include "tests/support/torch_nets.h"
#include "trainers/data/idx_file.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

std::string parse_error(const std::string& bytes) {
  return test::error_text<IoError>([&] { parse_idx(bytes, "f"); });
}

std::vector<int64_t> all_of(const Dataset& data, Split split) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < data.size(split); ++i) out.push_back(i);
  return out;
}

/// The pixels of each image as one number, so that images can be compared across splits.
std::multiset<double> prints(const Dataset& data, Split split) {
  const Batch all = data.batch(split, all_of(data, split), 12, nullptr);
  std::multiset<double> out;
  for (int64_t i = 0; i < all.images.size(0); ++i) {
    const at::Tensor image = all.images[i].flatten().to(at::kDouble);
    out.insert((image * at::arange(1, image.numel() + 1, at::kDouble).sqrt()).sum().item<double>());
  }
  return out;
}

}  // namespace

TEST_CASE("an IDX array is read plain and packed") {
  const test::TempDir folder;
  const std::string text = test::idx_text({2, 3}, {1, 2, 3, 4, 5, 255});
  write_file(folder.file("plain"), text);
  write_file(folder.file("packed"), test::gzip(text));
  for (const char* name : {"plain", "packed"}) {
    const IdxArray array = read_idx(folder.file(name));
    CHECK(array.shape == std::vector<int64_t>{2, 3});
    CHECK(array.bytes == std::vector<uint8_t>{1, 2, 3, 4, 5, 255});
  }
}

TEST_CASE("damaged IDX files are refused with what is wrong") {
  const std::string good = test::idx_text({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(parse_error("") == "f: not an IDX file (must begin with two zero bytes)");
  CHECK(parse_error("PNG.....") == "f: not an IDX file (must begin with two zero bytes)");
  std::string floats = good;
  floats[2] = 0x0d;
  CHECK(parse_error(floats) == "f: element type 13 is not 8 (unsigned byte)");
  CHECK(parse_error(good.substr(0, 7)) == "f: header of 2 dimensions is truncated or not 1 to 4");
  CHECK(parse_error(std::string("\0\0\x08\x05", 4) + std::string(20, '\0')) ==
        "f: header of 5 dimensions is truncated or not 1 to 4");
  CHECK(parse_error(good.substr(0, good.size() - 1)) == "f: holds 5 elements, its header says 6");
  CHECK(parse_error(good + "x") == "f: holds 7 elements, its header says 6");
  CHECK(parse_error(test::idx_text({2, 0}, {})) == "f: dimension 1 of 0 cannot be");
  const int64_t huge = 0xffffffff;
  CHECK(parse_error(test::idx_text({huge, huge, huge}, {})) ==
        "f: dimension 1 of 4294967295 cannot be");
}

TEST_CASE("damaged gzip data is refused") {
  const test::TempDir folder;
  const std::string file = folder.file("f");
  const std::string packed = test::gzip(test::idx_text({500}, std::vector<uint8_t>(500, 9)));
  auto error = [&](const std::string& bytes) {
    write_file(file, bytes);
    return test::error_text<IoError>([&] { read_idx(file); });
  };
  for (size_t length : {size_t{3}, packed.size() / 2, packed.size() - 1}) {
    const std::string text = error(packed.substr(0, length));
    CHECK(text.find(file + ": damaged or truncated gzip data after ") == 0);
  }
  std::string checksum = packed;
  checksum[packed.size() - 6] ^= 1;
  CHECK(error(checksum) == file + ": damaged or truncated gzip data after 508 unpacked bytes");
  CHECK_THROWS_AS(read_idx(folder.file("absent")), IoError);
}

TEST_CASE("the splits are apart, fixed by their seed, and test is the test file") {
  const test::TempDir folder;
  const std::string yaml = test::quarters_yaml(folder, "");
  const auto data = test::make_data(yaml), again = test::make_data(yaml);
  const auto other = test::make_data(yaml + "split_seed: 1\n");
  CHECK(data->size(Split::train) == 96);
  CHECK(data->size(Split::validation) == 16);
  CHECK(data->size(Split::test) == 24);
  const auto train = prints(*data, Split::train), validation = prints(*data, Split::validation);
  std::set<double> distinct(train.begin(), train.end());
  distinct.insert(validation.begin(), validation.end());
  for (double print : prints(*data, Split::test)) distinct.insert(print);
  CHECK(distinct.size() == 96 + 16 + 24);
  CHECK(prints(*again, Split::validation) == validation);
  CHECK(prints(*other, Split::validation) != validation);
  CHECK(test::make_data(yaml + "train_limit: 10\n")->size(Split::train) == 10);
  CHECK(again->fingerprint() == data->fingerprint());
}

TEST_CASE("training images have mean 0 and deviation 1, at any size") {
  const test::TempDir folder;
  const auto data = test::make_data(test::quarters_yaml(folder, ""));
  const auto indices = all_of(*data, Split::train);
  const Batch all = data->batch(Split::train, indices, 12, nullptr);
  CHECK(all.images.mean().item<double>() == Approx(0).margin(1e-5));
  CHECK(all.images.std(false).item<double>() == Approx(1).epsilon(1e-5));
  CHECK(all.labels.scalar_type() == at::kLong);
  const Batch small = data->batch(Split::train, indices, 8, nullptr);
  const at::Tensor resized = at::upsample_bilinear2d(all.images, {8, 8}, false);
  CHECK(test::same_bits(small.images, resized));
  const DataInfo info = data->info();
  CHECK(info.channels == 1);
  CHECK(info.size == 12);
  CHECK(info.class_names.size() == 4);
}

TEST_CASE("augmentation follows its stream: same stream, same batch") {
  const test::TempDir folder;
  const auto data = test::make_data(test::quarters_yaml(folder, "") + "crop: 2\nerase: 3\n");
  const auto indices = all_of(*data, Split::train);
  const Rng one(1), two(2);
  const Batch plain = data->batch(Split::train, indices, 12, nullptr);
  const Batch a = data->batch(Split::train, indices, 12, &one);
  const Batch b = data->batch(Split::train, indices, 12, &one);
  const Batch c = data->batch(Split::train, indices, 12, &two);
  CHECK(test::same_bits(a.images, b.images));
  CHECK_FALSE(test::same_bits(a.images, c.images));
  CHECK_FALSE(test::same_bits(a.images, plain.images));
  CHECK(test::same_bits(a.labels, plain.labels));
}

TEST_CASE("augmentation shifts by at most the crop, mirrors half, erases to the mean") {
  const test::TempDir folder;
  const std::string yaml = test::quarters_yaml(folder, "");
  const auto indices = all_of(*test::make_data(yaml), Split::train);
  const Rng rng(1);
  const auto mirror = test::make_data(yaml + "crop: 0\nflip: true\n");
  const at::Tensor plain = mirror->batch(Split::train, indices, 12, nullptr).images;
  const at::Tensor mirrored = mirror->batch(Split::train, indices, 12, &rng).images;
  int flips = 0;
  for (int64_t i = 0; i < plain.size(0); ++i) {
    const bool flipped = !test::same_bits(mirrored[i], plain[i]);
    if (flipped) CHECK(test::same_bits(mirrored[i], plain[i].flip({2})));
    flips += flipped;
  }
  CHECK(flips > 30);
  CHECK(flips < 66);
  const auto still = test::make_data(yaml + "crop: 0\nflip: false\n");
  CHECK(test::same_bits(still->batch(Split::train, indices, 12, &rng).images, plain));
  const auto shift = test::make_data(yaml + "crop: 1\nflip: false\n");
  const at::Tensor shifted = shift->batch(Split::train, indices, 12, &rng).images;
  for (int64_t i = 0; i < 10; ++i) {
    bool found = false;
    for (int64_t dy = -1; dy <= 1; ++dy) {
      for (int64_t dx = -1; dx <= 1; ++dx) {
        const at::Tensor rolled = plain[i].roll({-dy, -dx}, {1, 2});
        found |= test::same_bits(rolled.narrow(1, 1, 10).narrow(2, 1, 10),
                                 shifted[i].narrow(1, 1, 10).narrow(2, 1, 10));
      }
    }
    CHECK(found);
  }
  const auto erase = test::make_data(yaml + "crop: 0\nflip: false\nerase: 4\n");
  const at::Tensor erased = erase->batch(Split::train, indices, 12, &rng).images;
  const at::Tensor gone = erased.eq(0).sum({1, 2, 3});
  CHECK(gone.max().item<int64_t>() == 16);
  CHECK(gone.min().item<int64_t>() >= 4);
  CHECK(erased.ne(plain).logical_and(erased.ne(0)).sum().item<int64_t>() == 0);
}

TEST_CASE("files that do not go together are refused") {
  const test::TempDir folder;
  const std::string yaml = test::quarters_yaml(folder, "");
  auto error = [&](const std::string& more) {
    return test::error_text<Error>([&] { test::make_data(yaml + more)->info(); });
  };
  auto replaced = [&](const std::string& key, const std::string& value) {
    std::string text = yaml;
    const size_t at = text.find(key + ": "), end = text.find('\n', at);
    text.replace(at, end - at, key + ": " + value);
    return test::error_text<Error>([&] { test::make_data(text)->info(); });
  };
  CHECK(replaced("train_labels", folder.file("test_labels")) ==
        folder.file("test_labels") + ": must hold 112 labels");
  CHECK(replaced("train_images", folder.file("train_labels")) ==
        folder.file("train_labels") + ": must hold square images [N, size, size]");
  CHECK(replaced("class_names", "[one, two]").find(", but class_names has 2") != std::string::npos);
  CHECK(replaced("validation", "112") ==
        "data.validation: must be below the 112 training images, got 112");
  test::write_quarters(folder.file("big"), folder.file("big_labels"), 24, 14, 3);
  CHECK(replaced("test_images", folder.file("big")) ==
        folder.file("big") + ": images of 14 pixels, the others have 12");
  CHECK(error("crops: 3\n").find("crops: unknown key; did you mean 'crop'?") != std::string::npos);
}
