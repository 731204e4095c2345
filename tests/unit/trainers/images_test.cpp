// Pictures: files, archives, decoding, variation, and the data sets made of them.
#include <torch/torch.h>

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "tests/support/error_text.h"
#include "tests/support/pictures.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_training.h"
#include "trainers/data/augment.h"
#include "trainers/data/decode_image.h"
#include "trainers/data/image_source.h"
#include "trainers/data/tar_file.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;
using tailor::test::error_text;

namespace {

std::vector<TarMember> index(const std::string& bytes) {
  return index_tar(
      [&](int64_t offset, int64_t size) {
        return bytes.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
      },
      static_cast<int64_t>(bytes.size()), "a.tar");
}

/// Pictures of two classes in folders and in a tar; class "dark" is black, "red" is red.
struct Pictures {
  test::TempDir folder;

  explicit Pictures(int each = 6) {
    std::string tar;
    for (const std::string part : {"train", "test"}) {
      for (const std::string name : {"red", "dark"}) {
        std::filesystem::create_directories(folder.file(part + "/" + name));
        for (int i = 0; i < each; ++i) {
          const auto shade = static_cast<uint8_t>(name == "red" ? 200 + i : 10 + i);
          const std::string bytes = test::jpeg(12, 12, {shade, 10, 10});
          const std::string path = str(part, "/", name, "/", i, ".jpg");
          write_file(folder.file(path), bytes);
          tar += test::tar_member(path, bytes);
        }
      }
    }
    write_file(folder.file("all.tar"), tar + std::string(1024, '\0'));
  }

  std::unique_ptr<Dataset> open(const std::string& root, const std::string& more = "") const {
    return builtin_datasets().make(ConfigNode::parse(
        "name: image_folder\nroot: " + folder.file(root) + "\nvalidation: 4\nsize: 8\n" + more,
        "data.yaml"));
  }
};

Batch batch_of(const Dataset& data, Split split, const Rng* augment) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < data.size(split); ++i) all.push_back(i);
  return data.batch(split, all, 8, augment);
}

}  // namespace

TEST_CASE("a JPEG is decoded, whole or reduced") {
  const std::string bytes = test::jpeg(32, 16, {200, 100, 50});
  const ImageSize size = image_size(bytes, "a.jpg");
  CHECK(size.height == 16);
  CHECK(size.width == 32);
  const Image whole = decode_image(bytes, "a.jpg");
  REQUIRE(whole.pixels.size() == 16 * 32 * 3);
  CHECK(std::abs(whole.pixels[0] - 200) <= 2);
  CHECK(std::abs(whole.pixels[1] - 100) <= 2);
  CHECK(std::abs(whole.pixels[2] - 50) <= 2);
  const Image half = decode_image(bytes, "a.jpg", 0.4);
  CHECK(half.height == 8);
  CHECK(half.width == 16);
}

TEST_CASE("what is no picture is refused by name") {
  const std::string bytes = test::jpeg(32, 16, {200, 100, 50});
  for (size_t length : {size_t{0}, size_t{3}, size_t{20}, bytes.size() / 2}) {
    INFO(length);
    const std::string cut = bytes.substr(0, length);
    CHECK(error_text<IoError>([&] { decode_image(cut, "cut.jpg"); }).find("cut.jpg") == 0);
  }
  CHECK_THROWS_AS(decode_image("GIF89a", "a.gif"), IoError);
}

TEST_CASE("a tar archive is indexed, and a damaged one refused") {
  const std::string good = test::tar_member("a/b.jpg", "hello") +
                           test::tar_member("c", std::string(600, 'x')) + std::string(1024, '\0');
  const std::vector<TarMember> members = index(good);
  REQUIRE(members.size() == 2);
  CHECK(members[0].name == "a/b.jpg");
  CHECK(good.substr(static_cast<size_t>(members[0].offset), 5) == "hello");
  CHECK(members[1].size == 600);
  std::string damaged = good;
  damaged[3] = 'z';
  CHECK_THROWS_AS(index(damaged), IoError);
  CHECK_THROWS_AS(index(good.substr(0, 1200)), IoError);
}

TEST_CASE("CIFAR's binary files are read, and refused when they are none") {
  const test::TempDir folder;
  std::string records;
  for (char label : {'\x03', '\x09'}) records += label + std::string(3072, label == 3 ? 'a' : 'b');
  write_file(folder.file("b.bin"), records);
  const auto source = open_cifar_batches({folder.file("b.bin")});
  CHECK(source->size() == 2);
  CHECK(source->class_names()[static_cast<size_t>(source->label(0))] == "cat");
  CHECK(source->class_names()[static_cast<size_t>(source->label(1))] == "truck");
  const Image image = source->decode(source->encoded(1), source->name(1), 1);
  CHECK(image.height == 32);
  CHECK(image.pixels[0] == 'b');
  write_file(folder.file("short.bin"), records.substr(1));
  CHECK_THROWS_AS(open_cifar_batches({folder.file("short.bin")}), IoError);
  records[0] = 10;
  write_file(folder.file("label.bin"), records);
  CHECK_THROWS_AS(open_cifar_batches({folder.file("label.bin")}), IoError);
}

TEST_CASE("folders and a tar of the same pictures are the same data set") {
  const Pictures pictures;
  const auto folders = pictures.open(""), tar = pictures.open("all.tar");
  CHECK(folders->size(Split::train) == 8);
  CHECK(folders->size(Split::validation) == 4);
  CHECK(folders->size(Split::test) == 12);
  CHECK(folders->info().class_names == std::vector<std::string>{"dark", "red"});
  const Rng rng(3);
  for (const Rng* augment : {static_cast<const Rng*>(nullptr), &rng}) {
    const Batch a = batch_of(*folders, Split::train, augment);
    const Batch b = batch_of(*tar, Split::train, augment);
    CHECK(at::equal(a.images, b.images));
    CHECK(at::equal(a.labels, b.labels));
    CHECK(at::equal(a.images, batch_of(*folders, Split::train, augment).images));
  }
  const Batch test = batch_of(*tar, Split::test, nullptr);
  // Red pictures are labelled 1 and are red.
  const at::Tensor red = test.images.select(1, 0).mean({1, 2}).gt(0).to(at::kLong);
  CHECK(at::equal(red, test.labels));
}

TEST_CASE("damaged pictures are named, counted and replaced up to a limit") {
  const Pictures pictures;
  write_file(pictures.folder.file("test/red/2.jpg"), "no picture at all");
  std::string log;
  set_log_sink([&](LogLevel, const std::string& line) { log += line + "\n"; });
  const auto data = pictures.open("");
  const Batch batch = batch_of(*data, Split::test, nullptr);
  set_log_sink({});
  CHECK(log.find("test/red/2.jpg") != std::string::npos);
  CHECK(batch.images.isfinite().all().item<bool>());
  const auto strict = pictures.open("", "max_corrupt: 0\n");
  CHECK(error_text<IoError>([&] {
          batch_of(*strict, Split::test, nullptr);
        }).find("test/red/2.jpg") != std::string::npos);
}

TEST_CASE("variations move, mirror and normalise pixels as they say") {
  std::vector<uint8_t> pixels = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};  // 2 x 2
  const ImageView view{pixels.data(), 2, 2, 6};
  std::vector<uint8_t> moved(12, 9);
  shift_image(view, 1, 0, moved.data());
  CHECK((moved[0] == 0 || moved[0] == 3));  // one row of zeros came in
  CHECK(std::count(moved.begin(), moved.end(), 0) == 6);
  flip_image(pixels.data(), 2, 2);
  CHECK(pixels == std::vector<uint8_t>{2, 2, 2, 1, 1, 1, 4, 4, 4, 3, 3, 3});
  float out[3];
  const uint8_t grey[3] = {255, 0, 51};
  Normaliser({0.5, 0, 0.2}, {0.5, 1, 1}).run(grey, 1, out);
  CHECK(out[0] == Approx(1));
  CHECK(out[1] == Approx(0).margin(1e-6));
  CHECK(out[2] == Approx(0).margin(1e-6));
}

TEST_CASE("random resized crops stay inside and keep their bounds") {
  Rng rng(1);
  for (int i = 0; i < 500; ++i) {
    const Box box = random_resized_box({60, 90}, {0.08, 1}, {3.0 / 4, 4.0 / 3}, rng);
    CHECK(box.y >= 0);
    CHECK(box.x >= 0);
    CHECK(box.y + box.height <= 60);
    CHECK(box.x + box.width <= 90);
    CHECK(static_cast<double>(box.height * box.width) >= 0.08 * 5400 * 0.85);
  }
  const Region middle = test_region({100, 200}, 224, 0.875);
  CHECK(middle.height == Approx(87.5).margin(0.5));
  CHECK(middle.x == Approx((200 - middle.width) / 2).margin(1));
}
