// JPEG through TurboJPEG.
#include <turbojpeg.h>

#include <algorithm>
#include <memory>

#include "core/error.h"
#include "trainers/data/decode_image.h"

namespace tailor::train {
namespace {

/// One decompressor a thread: making one costs more than decoding a small image.
tjhandle decompressor() {
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  thread_local const std::unique_ptr<void, Destroy> handle(tjInitDecompress());
  if (!handle) throw IoError(str("TurboJPEG cannot start: ", tjGetErrorStr2(nullptr)));
  return handle.get();
}

struct Header {
  int width = 0, height = 0, subsampling = 0, colours = 0;
};

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Header read_header(tjhandle handle, std::string_view bytes, const std::string& name) {
  Header h;
  if (tjDecompressHeader3(handle, data_of(bytes), bytes.size(), &h.width, &h.height, &h.subsampling,
                          &h.colours) != 0) {
    throw IoError(str(name, ": damaged JPEG: ", tjGetErrorStr2(handle)));
  }
  if (h.width < 1 || h.height < 1) throw IoError(name + ": damaged JPEG: it holds no picture");
  check_pixels(h.height, h.width, name);
  return h;
}

/// Stray bytes and odd markers are survived by every viewer; missing or damaged pixels are not.
void check_decoded(tjhandle handle, int status, const std::string& name) {
  if (status == 0) return;
  const std::string text = tjGetErrorStr2(handle);
  if (tjGetErrorCode(handle) == TJERR_WARNING) {
    for (const char* harmless : {"extraneous bytes", "JFIF", "Adobe"}) {
      if (text.find(harmless) != std::string::npos) return;
    }
  }
  throw IoError(str(name, ": damaged JPEG: ", text));
}

/// Adobe's CMYK is stored inverted, so that 255 is no ink.
void convert_cmyk(const std::vector<uint8_t>& cmyk, std::vector<uint8_t>& rgb) {
  for (size_t p = 0; 4 * p < cmyk.size(); ++p) {
    const int black = cmyk[4 * p + 3];
    for (size_t c = 0; c < 3; ++c) {
      rgb[3 * p + c] = static_cast<uint8_t>((cmyk[4 * p + c] * black + 127) / 255);
    }
  }
}

}  // namespace

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

ImageSize jpeg_size(std::string_view bytes, const std::string& name) {
  const Header h = read_header(decompressor(), bytes, name);
  return {h.height, h.width};
}

Image decode_jpeg(std::string_view bytes, const std::string& name, double least_scale) {
  tjhandle handle = decompressor();
  const Header h = read_header(handle, bytes, name);
  int denominator = 8;
  while (denominator > 1 && denominator * least_scale > 1) denominator /= 2;
  const tjscalingfactor factor{1, denominator};
  Image out;
  out.width = TJSCALED(h.width, factor);
  out.height = TJSCALED(h.height, factor);
  out.pixels.resize(static_cast<size_t>(out.width * out.height * 3));
  const int width = static_cast<int>(out.width), height = static_cast<int>(out.height);
  auto decode = [&](std::vector<uint8_t>& to, TJPF format) {
    const int status =
        tjDecompress2(handle, data_of(bytes), bytes.size(), to.data(), width, 0, height, format, 0);
    check_decoded(handle, status, name);
  };
  if (h.colours != TJCS_CMYK && h.colours != TJCS_YCCK) {
    decode(out.pixels, TJPF_RGB);
    return out;
  }
  std::vector<uint8_t> cmyk(static_cast<size_t>(out.width * out.height * 4));
  decode(cmyk, TJPF_CMYK);
  convert_cmyk(cmyk, out.pixels);
  return out;
}

}  // namespace tailor::train
