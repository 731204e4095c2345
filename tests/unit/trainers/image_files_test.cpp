// Reading JPEG, PNG and tar files, and the sources made of them.
// covers: trainers/data/
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/image_samples.h"
#include "tests/support/temp_dir.h"
#include "trainers/data/decode_image.h"
#include "trainers/data/image_store.h"
#include "trainers/data/tar_file.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

int worst_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  REQUIRE(a.size() == b.size());
  int worst = 0;
  for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

std::vector<TarMember> index(const std::string& tar) {
  auto read = [&](int64_t offset, int64_t size) {
    REQUIRE(offset >= 0);
    REQUIRE(size >= 0);
    REQUIRE(offset + size <= std::ssize(tar));
    return tar.substr(static_cast<size_t>(offset), static_cast<size_t>(size));
  };
  return index_tar(read, std::ssize(tar), "f.tar");
}

std::string tar_error(const std::string& tar) {
  return test::error_text<IoError>([&] { index(tar); });
}

std::string with_text(std::string tar, size_t at, const std::string& text) {
  return tar.replace(at, text.size(), text);
}

}  // namespace

TEST_CASE("JPEG is decoded in full and reduced") {
  const Image image = test::smooth_image(40, 64);
  const std::string file = test::jpeg_file(image);
  CHECK(image_size(file, "f").height == 40);
  CHECK(image_size(file, "f").width == 64);
  CHECK(worst_difference(decode_image(file, "f").pixels, image.pixels) <= 6);
  CHECK(decode_image(file, "f", 0.51).width == 64);
  const Image half = decode_image(file, "f", 0.5);
  CHECK(half.width == 32);
  CHECK(half.height == 20);
  CHECK(worst_difference(half.pixels, test::smooth_image(20, 32).pixels) <= 10);
  CHECK(decode_image(file, "f", 0.2).width == 16);
  CHECK(decode_image(file, "f", 0.01).width == 8);
}

TEST_CASE("PNG of any kind becomes 8-bit RGB") {
  const Image image = test::noise_image(5, 7, 1);
  CHECK(decode_image(test::png_file(5, 7, PNG_FORMAT_RGB, image.pixels.data()), "f").pixels ==
        image.pixels);
  const uint8_t grey[4] = {0, 90, 180, 255};
  CHECK(decode_image(test::png_file(2, 2, PNG_FORMAT_GRAY, grey), "f").pixels ==
        std::vector<uint8_t>{0, 0, 0, 90, 90, 90, 180, 180, 180, 255, 255, 255});
  const uint8_t clear[4] = {10, 20, 30, 0};
  CHECK(decode_image(test::png_file(1, 1, PNG_FORMAT_RGBA, clear), "f").pixels ==
        std::vector<uint8_t>{10, 20, 30});
  const uint16_t deep[3] = {0x12ff, 0xabcd, 0xffff};
  CHECK(decode_image(test::png_file(1, 1, PNG_FORMAT_LINEAR_RGB, deep), "f").pixels ==
        std::vector<uint8_t>{0x12, 0xab, 0xff});
}

TEST_CASE("damaged images are refused by name") {
  const std::string jpeg = test::jpeg_file(test::smooth_image(40, 64));
  const Image noise = test::noise_image(9, 9, 1);
  const std::string png = test::png_file(9, 9, PNG_FORMAT_RGB, noise.pixels.data());
  auto error = [](const std::string& bytes) {
    return test::error_text<IoError>([&] { decode_image(bytes, "a.jpg"); });
  };
  CHECK(error("") == "a.jpg: neither JPEG nor PNG");
  CHECK(error("GIF89a") == "a.jpg: neither JPEG nor PNG");
  for (size_t part = 1; part < 8; ++part) {
    CHECK(error(jpeg.substr(0, jpeg.size() * part / 8)).find("a.jpg: damaged JPEG: ") == 0);
    CHECK(error(png.substr(0, std::max<size_t>(8, png.size() * part / 8)))
              .find("a.jpg: damaged PNG: ") == 0);
  }
  CHECK(error(png.substr(0, png.size() - 3)) == "a.jpg: damaged PNG: the file ends early");
  CHECK(test::error_text<IoError>([] {
          check_pixels(1 << 20, 1 << 20, "big");
        }).find("big: an image of 1048576 x 1048576 pixels is not read") == 0);
}

TEST_CASE("a tar archive is indexed: ustar, long names, pax, other members") {
  const std::string path = "train/" + std::string(120, 'a') + "/x.jpg";
  const std::string pax = "30 path=a/pax/name/of/it.png\n";
  const std::string tar = test::tar_member("train/cat/", "", '5') +
                          test::tar_member("train/cat/1.jpg", "12345") +
                          test::tar_member("././@LongLink", path + '\0', 'L') +
                          test::tar_member("cut", std::string(512, 'x')) +
                          test::tar_member("pax", "29" + pax.substr(2), 'x') +
                          test::tar_member("short", "") + test::tar_end();
  const auto members = index(tar);
  REQUIRE(members.size() == 3);
  CHECK(members[0].name == "train/cat/1.jpg");
  CHECK(members[0].size == 5);
  CHECK(tar.substr(static_cast<size_t>(members[0].offset), 5) == "12345");
  CHECK(members[1].name == path);
  CHECK(members[1].size == 512);
  CHECK(members[2].name == "a/pax/name/of/it.png");
}

TEST_CASE("damaged tar archives are refused, and never read outside") {
  const std::string good = test::tar_member("a/b.jpg", "12345") + test::tar_end();
  CHECK(tar_error(with_text(good, 3, "!")) ==
        "f.tar: not a tar archive, or damaged: wrong checksum of a header at byte 0");
  CHECK(tar_error(std::string(600, 'x')).find("f.tar: not a tar archive") == 0);
  CHECK(tar_error(good.substr(0, 514)) ==
        "f.tar: not a tar archive, or damaged: a member of 5 bytes that runs past the end at byte "
        "0");
  const std::string pax = test::tar_member("p", "99 path=x\n", 'x') + good;
  CHECK(tar_error(pax).find("a pax record that is none at byte 0") != std::string::npos);
  for (size_t length = 0; length < good.size(); length += 37) {
    try {
      index(good.substr(0, length));
    } catch (const IoError&) {
    }
  }
}

TEST_CASE("folders and tars give the same images, classes by name") {
  const test::TempDir folder;
  std::string tar;
  for (const char* name : {"dog/2.jpg", "cat/1.jpg", "cat/0.png", "cat/readme.txt"}) {
    const std::string bytes = std::string("bytes of ") + name;
    write_file(folder.file(std::string("train/") + name), bytes);
    tar += test::tar_member(std::string("train/") + name, bytes);
    tar += test::tar_member(std::string("test/") + name, "other");
  }
  write_file(folder.file("all.tar"), tar + test::tar_end());
  const auto a = open_images(folder.file("train")),
             b = open_images(folder.file("all.tar"), {"train"});
  for (const auto* source : {a.get(), b.get()}) {
    REQUIRE(source->size() == 3);
    CHECK(source->class_names() == std::vector<std::string>{"cat", "dog"});
    CHECK(source->encoded(0) == "bytes of cat/0.png");
    CHECK(source->encoded(1) == "bytes of cat/1.jpg");
    CHECK(source->encoded(2) == "bytes of dog/2.jpg");
    CHECK(source->label(1) == 0);
    CHECK(source->label(2) == 1);
  }
  CHECK(a->name(2) == folder.file("train") + "/dog/2.jpg");
  CHECK(b->name(2) == folder.file("all.tar") + "/train/dog/2.jpg");
  CHECK(a->fingerprint() == b->fingerprint());
  std::filesystem::create_directories(folder.file("none"));
  CHECK(test::error_text<IoError>([&] { open_images(folder.file("none")); }) ==
        folder.file("none") + ": holds no pictures; expected CLASS/FILE with .jpg, .jpeg or .png");
  CHECK_THROWS_AS(open_images(folder.file("absent")), IoError);
}

TEST_CASE("CIFAR-10 records are read plane by plane") {
  const test::TempDir folder;
  std::string record(3073, '\0');
  record[0] = 7;
  record[1] = 11;
  record[1 + 1024] = 22;
  record[1 + 2048] = 33;
  write_file(folder.file("a.bin"), record + record);
  const auto source = open_cifar_batches({folder.file("a.bin"), folder.file("a.bin")});
  CHECK(source->size() == 4);
  CHECK(source->label(3) == 7);
  CHECK(source->class_names()[7] == "horse");
  CHECK(source->name(3) == folder.file("a.bin") + ": record 1");
  const Image image = source->decode(source->encoded(3), "x", 1);
  CHECK(image.width == 32);
  CHECK(std::vector<uint8_t>(image.pixels.begin(), image.pixels.begin() + 4) ==
        std::vector<uint8_t>{11, 22, 33, 0});
  record[0] = 10;
  write_file(folder.file("b.bin"), record);
  CHECK(test::error_text<IoError>([&] { open_cifar_batches({folder.file("b.bin")}); }) ==
        folder.file("b.bin") + ": record 0 has label 10, not 0 to 9");
  write_file(folder.file("b.bin"), "123");
  CHECK_THROWS_AS(open_cifar_batches({folder.file("b.bin")}), IoError);
}

TEST_CASE("a store keeps all images or none, and counts damaged ones") {
  const test::TempDir folder;
  for (int i = 0; i < 4; ++i) {
    const Image image = test::smooth_image(32, 32, i);
    write_file(folder.file(str("d/c/", i, ".jpg")), i == 2 ? "?" : test::jpeg_file(image));
  }
  auto scale = [](ImageSize) { return 0.5; };
  const ImageStore keeps(open_images(folder.file("d")), 4 * 3 * 32 * 32, 1);
  CHECK(keeps.caches());
  CHECK(keeps.get(0, scale).view.width == 32);
  CHECK(keeps.get(0, scale).view.pixels == keeps.get(0, scale).view.pixels);
  CHECK(keeps.cached_bytes() == 3 * 32 * 32);
  const ImageStore small(open_images(folder.file("d")), 4 * 3 * 32 * 32 - 1, 1);
  CHECK_FALSE(small.caches());
  CHECK(small.get(0, scale).view.width == 16);
  CHECK(small.get(0, scale).original.width == 32);
  CHECK(small.cached_bytes() == 0);
  CHECK_THROWS_AS(small.get(2, scale), IoError);
  small.mark_corrupt(2, "two");
  small.mark_corrupt(2, "two");
  CHECK(small.corrupt_count() == 1);
  CHECK(test::error_text<IoError>([&] { small.mark_corrupt(3, "three is bad"); }) ==
        "three is bad; 2 damaged images are more than data.max_corrupt: 1; repair or remove them, "
        "or raise the limit");
}
