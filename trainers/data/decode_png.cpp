// PNG through libpng's row interface, which leaves gamma alone.
#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "core/error.h"
#include "trainers/data/decode_image.h"

namespace tailor::train {
namespace {

/// What libpng's callbacks see. Errors leave by longjmp, so nothing between setjmp and the calls
/// below it may own memory.
struct Reading {
  std::string_view bytes;
  size_t at = 0;
  char error[200] = "";
  png_structp png = nullptr;
  png_infop info = nullptr;

  Reading() = default;
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { png_destroy_read_struct(&png, &info, nullptr); }
};

void on_error(png_structp png, png_const_charp text) {
  auto* reading = static_cast<Reading*>(png_get_error_ptr(png));
  std::strncpy(reading->error, text, sizeof reading->error - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep to, size_t count) {
  auto* reading = static_cast<Reading*>(png_get_io_ptr(png));
  if (count > reading->bytes.size() - reading->at) png_error(png, "the file ends early");
  std::memcpy(to, reading->bytes.data() + reading->at, count);
  reading->at += count;
}

[[noreturn]] void fail(const Reading& reading, const std::string& name) {
  throw IoError(str(name, ": damaged PNG: ", reading.error));
}

void start(Reading& reading, std::string_view bytes, const std::string& name) {
  reading.bytes = bytes;
  reading.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, on_error, on_warning);
  if (reading.png) reading.info = png_create_info_struct(reading.png);
  if (!reading.info) throw IoError(name + ": libpng cannot start");
  png_set_read_fn(reading.png, &reading, on_read);
  png_set_user_limits(reading.png, 1 << 20, 1 << 20);
  png_set_chunk_malloc_max(reading.png, 8 << 20);
}

/// False where libpng gave up.
bool read_info(Reading& reading) {
  if (setjmp(png_jmpbuf(reading.png))) return false;
  png_read_info(reading.png, reading.info);
  return true;
}

bool ask_for_rgb(Reading& reading) {
  if (setjmp(png_jmpbuf(reading.png))) return false;
  png_set_expand(reading.png);
  png_set_strip_16(reading.png);
  png_set_gray_to_rgb(reading.png);
  png_set_strip_alpha(reading.png);
  png_set_interlace_handling(reading.png);
  png_read_update_info(reading.png, reading.info);
  return true;
}

bool read_rows(Reading& reading, png_bytepp rows) {
  if (setjmp(png_jmpbuf(reading.png))) return false;
  png_read_image(reading.png, rows);
  png_read_end(reading.png, nullptr);
  return true;
}

}  // namespace

bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

ImageSize png_size(std::string_view bytes, const std::string& name) {
  Reading reading;
  start(reading, bytes, name);
  if (!read_info(reading)) fail(reading, name);
  const ImageSize size{png_get_image_height(reading.png, reading.info),
                       png_get_image_width(reading.png, reading.info)};
  check_pixels(size.height, size.width, name);
  return size;
}

Image decode_png(std::string_view bytes, const std::string& name) {
  Reading reading;
  start(reading, bytes, name);
  if (!read_info(reading)) fail(reading, name);
  Image out{png_get_image_height(reading.png, reading.info),
            png_get_image_width(reading.png, reading.info),
            {}};
  check_pixels(out.height, out.width, name);
  if (!ask_for_rgb(reading)) fail(reading, name);
  const size_t row_bytes = png_get_rowbytes(reading.png, reading.info);
  TAILOR_CHECK(row_bytes == static_cast<size_t>(3 * out.width), name, ": rows of ", row_bytes);
  out.pixels.resize(row_bytes * static_cast<size_t>(out.height));
  std::vector<png_bytep> rows(static_cast<size_t>(out.height));
  for (size_t y = 0; y < rows.size(); ++y) rows[y] = out.pixels.data() + y * row_bytes;
  if (!read_rows(reading, rows.data())) fail(reading, name);
  return out;
}

}  // namespace tailor::train
