// Crops, resizing, colours, RandAugment and mixing, on values worked out or made with Pillow.
#include <cmath>
#include <numeric>
#include <set>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/image_samples.h"
#include "trainers/data/augment.h"
#include "trainers/data/mix.h"
#include "trainers/data/rand_augment.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes resized(const Image& image, const Region& region, int64_t height, int64_t width) {
  Bytes out(static_cast<size_t>(3 * height * width));
  resize_bilinear(view_of(image), region, height, width, out.data());
  return out;
}

/// Grey values as a picture of one row.
Image grey_row(const Bytes& values) {
  Image out{1, std::ssize(values), {}};
  for (uint8_t v : values) out.pixels.insert(out.pixels.end(), 3, v);
  return out;
}

Bytes grey_of(const Bytes& pixels) {
  Bytes out;
  for (size_t i = 0; i < pixels.size(); i += 3) out.push_back(pixels[i]);
  return out;
}

Bytes changed(Bytes pixels, void (*change)(uint8_t*, int64_t, double), double factor) {
  change(pixels.data(), std::ssize(pixels) / 3, factor);
  return pixels;
}

Bytes after(const Image& image, const std::string& operation, double strength, bool negative) {
  Image copy = image;
  rand_augment_one(copy, operation, strength, negative);
  return copy.pixels;
}

}  // namespace

TEST_CASE("resizing: same size, constant pictures, a reduction by hand, a region") {
  const Image noise = test::noise_image(9, 7, 1);
  CHECK(resized(noise, {0, 0, 9, 7}, 9, 7) == noise.pixels);
  const Image flat{5, 6, Bytes(90, 77)};
  CHECK(resized(flat, {0.3, 0.7, 3.1, 4.9}, 11, 2) == Bytes(66, 77));
  // Weights 1/8, 3/8, 3/8, 1/8; at the edge 3/7, 3/7, 1/7.
  CHECK(grey_of(resized(grey_row({0, 80, 160, 240, 8, 16}), {0, 0, 1, 6}, 1, 3)) ==
        Bytes{57, 161, 45});
  CHECK(resized(noise, {2, 1, 4, 5}, 4, 5)[0] == noise.pixels[3 * (2 * 7 + 1)]);
}

TEST_CASE("resizing is Pillow's within 1 of 255") {
  Image image{9, 13, {}};
  for (int i = 0; i < 9 * 13 * 3; ++i) {
    image.pixels.push_back(
        static_cast<uint8_t>((i / 3 % 13 * 37 + i / 39 * 91 + i % 3 * 53) % 256));
  }
  // Pillow 13, resize((width, height), BILINEAR).
  const Bytes reduced = {107, 135, 134, 130, 142, 133, 111, 124, 137, 134, 121, 113,
                         120, 132, 141, 113, 135, 129, 125, 137, 141, 113, 122, 134,
                         142, 134, 121, 117, 132, 143, 121, 137, 124, 121, 134, 147};
  const Bytes mixed = {94,  147, 121, 118, 120, 145, 114, 120, 137, 96,  143, 115, 124, 146, 143,
                       129, 134, 136, 122, 145, 131, 121, 151, 133, 147, 113, 148, 109, 141, 130,
                       117, 128, 144, 122, 119, 146, 94,  142, 113, 122, 104, 141, 131, 117, 117,
                       127, 127, 108, 116, 119, 132, 122, 135, 138, 146, 127, 127, 137, 137, 123,
                       113, 150, 132, 141, 112, 160, 108, 135, 132, 110, 135, 137, 124, 126, 145,
                       106, 141, 107, 121, 139, 133, 123, 131, 132, 118, 136, 125, 111, 159, 130,
                       139, 121, 158, 117, 134, 140, 109, 134, 136, 133, 107, 160};
  auto close = [](const Bytes& a, const Bytes& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](int x, int y) { return std::abs(x - y) <= 1; });
  };
  CHECK(close(resized(image, {0, 0, 9, 13}, 3, 4), reduced));
  CHECK(close(resized(image, {0, 0, 9, 13}, 2, 17), mixed));
}

TEST_CASE("random resized crops stay inside, within their area and shape") {
  Rng rng(1);
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const Box box = random_resized_box({60, 100}, {0.2, 0.8}, {0.5, 2}, rng);
    REQUIRE((box.y >= 0 && box.x >= 0 && box.y + box.height <= 60 && box.x + box.width <= 100));
    const double area = static_cast<double>(box.height * box.width) / 6000;
    CHECK(area == Approx(0.5).margin(0.32));
    CHECK(std::abs(std::log2(static_cast<double>(box.width) / static_cast<double>(box.height))) <
          1.1);
    sum += area;
  }
  CHECK(sum / 2000 == Approx(0.45).margin(0.04));  // large ones fit less often
  const Box centre = random_resized_box({10, 1000}, {0.9, 1}, {0.75, 1.25}, rng);
  CHECK(centre.height == 10);
  CHECK(centre.width == 12);
  CHECK(centre.x == 494);
}

TEST_CASE("the test region is that of resize and central crop") {
  const Region region = test_region({300, 600}, 224, 0.875);  // 256 x 512, crop from 16, 144
  CHECK(region.y == Approx(16 * 300.0 / 256));
  CHECK(region.x == Approx(144 * 600.0 / 512));
  CHECK(region.height == Approx(224 * 300.0 / 256));
  CHECK(region.width == Approx(224 * 600.0 / 512));
  CHECK(test_region({30, 20}, 8, 0).width == 20);
  CHECK(test_region({32, 32}, 32, 1).height == 32);
}

TEST_CASE("shifting, mirroring and normalising") {
  const Image image = test::noise_image(4, 5, 3);
  Bytes out(60);
  shift_image(view_of(image), 0, 0, out.data());
  CHECK(out == image.pixels);
  shift_image(view_of(image), 1, -2, out.data());
  CHECK(out[0] == 0);
  CHECK(out[3 * 2] == image.pixels[3 * 5]);
  CHECK(out[3 * 15] == 0);
  shift_image(view_of(image), 9, 9, out.data());
  CHECK(out == Bytes(60, 0));
  out = image.pixels;
  flip_image(out.data(), 4, 5);
  CHECK(out[3] == image.pixels[9]);
  CHECK(out[6 + 1] == image.pixels[6 + 1]);
  flip_image(out.data(), 4, 5);
  CHECK(out == image.pixels);
  std::vector<float> normal(60);
  Normaliser({0.1, 0.2, 0.3}, {0.5, 0.6, 0.7}).run(image.pixels.data(), 20, normal.data());
  for (size_t i = 0; i < 60; ++i) {
    const double mean = 0.1 * static_cast<double>(i % 3 + 1), std = mean + 0.4;
    CHECK(normal[i] == Approx((image.pixels[i] / 255.0 - mean) / std).margin(1e-5));
  }
}

TEST_CASE("erased parts lie inside and are of the published sizes") {
  Rng rng(4);
  Box box;
  for (int i = 0; i < 500; ++i) {
    REQUIRE(random_erased_box({40, 40}, rng, box));
    CHECK((box.y >= 0 && box.x >= 0 && box.y + box.height <= 40 && box.x + box.width <= 40));
    CHECK(box.height * box.width <= 576);  // 36 %, with rounding
    CHECK(box.height * box.width >= 16);
  }
  CHECK_FALSE(random_erased_box({1, 1}, rng, box));
}

TEST_CASE("colours change as in Pillow") {
  const Bytes pixels = {200, 100, 50, 10, 20, 30, 255, 0, 128};
  // Pillow 13: ImageEnhance, and torchvision's adjust_hue.
  CHECK(changed(pixels, change_brightness, 0.5) == Bytes{100, 50, 25, 5, 10, 15, 127, 0, 64});
  CHECK(changed(pixels, change_brightness, 1.7) == Bytes{255, 170, 85, 17, 34, 51, 255, 0, 217});
  CHECK(changed(pixels, change_contrast, 0.5) == Bytes{139, 89, 64, 44, 49, 54, 166, 39, 103});
  CHECK(changed(pixels, change_contrast, 1.7) == Bytes{255, 115, 30, 0, 0, 0, 255, 0, 163});
  CHECK(changed(pixels, change_saturation, 0.5) == Bytes{162, 112, 87, 14, 19, 24, 173, 45, 109});
  CHECK(changed(pixels, change_saturation, 1.7) == Bytes{253, 83, 0, 4, 21, 38, 255, 0, 153});
  CHECK(changed(pixels, change_hue, 0.25) == Bytes{78, 200, 50, 29, 10, 30, 255, 240, 0});
  CHECK(changed(pixels, change_hue, -0.1) == Bytes{200, 50, 85, 10, 30, 28, 228, 0, 255});
  for (auto change : {change_brightness, change_contrast, change_saturation}) {
    CHECK(changed(pixels, change, 1) == pixels);
  }
}

TEST_CASE("jitter is within its ranges, in random order, and nothing at zero") {
  const Bytes grey(30, 100);
  std::set<int> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed);
    Bytes copy = grey;
    jitter_colours(copy.data(), 10, {.brightness = 0.2}, rng);
    seen.insert(copy[0]);
    CHECK((copy[0] >= 80 && copy[0] <= 120));
    jitter_colours(copy.data(), 10, {}, rng);
    CHECK(copy[0] == *std::find(seen.begin(), seen.end(), copy[0]));
  }
  CHECK(seen.size() > 20);
}

TEST_CASE("RandAugment's operations") {
  const Image image = test::noise_image(20, 20, 5);
  CHECK(rand_augment_names().size() == 14);
  for (const std::string& name : rand_augment_names()) {
    const bool always = name == "Equalize" || name == "AutoContrast";
    if (!always && name != "Solarize") CHECK(after(image, name, 0, false) == image.pixels);
    if (name != "Identity" && !always) CHECK(after(image, name, 1, true) != image.pixels);
  }
  const Bytes right = after(image, "TranslateX", 1, false);  // trunc(0.453 x 20) = 9
  CHECK(right[3 * 9] == image.pixels[0]);
  CHECK(right[3 * 8] == 0);
  CHECK(after(image, "TranslateY", 1, true)[0] == image.pixels[3 * 20 * 9]);
  CHECK(after(image, "Posterize", 1, false)[7] == (image.pixels[7] & 0xf0));
  CHECK(after(image, "Solarize", 1, false)[7] == 255 - image.pixels[7]);
  CHECK(after(grey_row({50, 100, 150}), "AutoContrast", 0, false) ==
        Bytes{0, 0, 0, 127, 127, 127, 255, 255, 255});
  CHECK(test::error_text<UnknownNameError>([&] {
          after(image, "Blur", 1, false);
        }).find("unknown operation 'Blur' of RandAugment; known: Identity, ShearX") == 0);
  Rng a(1), b(1), c(2);
  Image one = image, two = image, three = image;
  rand_augment(one, 2, 9, a);
  rand_augment(two, 2, 9, b);
  rand_augment(three, 2, 9, c);
  CHECK(one.pixels == two.pixels);
  CHECK(one.pixels != three.pixels);
}

TEST_CASE("mixing shares images and labels alike") {
  const std::vector<int64_t> labels = {0, 1, 2};
  for (const MixOptions& options : {MixOptions{.mixup = 0.4}, MixOptions{.cutmix = 1}}) {
    double kept = 0;
    for (uint64_t seed = 0; seed < 100; ++seed) {
      std::vector<float> images(3 * 48), targets(9);
      for (size_t i = 0; i < images.size(); ++i) images[i] = static_cast<float>(i / 48 + 1);
      Rng rng(seed);
      mix_batch(images.data(), labels, 4, 3, options, rng, targets.data());
      // Image 0 holds `share` of 1 and the rest of 3.
      const double mean = std::accumulate(images.begin(), images.begin() + 48, 0.0) / 48;
      CHECK(mean == Approx(1 + 2 * targets[2]).margin(1e-5));
      CHECK(targets[0] + targets[2] == Approx(1));
      CHECK(targets[0] == Approx(targets[8]));
      CHECK(targets[4] == Approx(1));
      kept += targets[0] / 100;
    }
    CHECK(kept > 0.3);
    CHECK(kept < 0.9);
  }
}
