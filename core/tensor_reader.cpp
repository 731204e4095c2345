// Reading parts of a safetensors file.
#include "core/tensor_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/float_bits.h"

namespace tailor {
namespace {

constexpr size_t kPiece = size_t{1} << 20;  // bytes converted at a time

float to_float(DType dtype, const std::byte* from) {
  if (dtype == DType::f64) {
    double value = 0;
    std::memcpy(&value, from, sizeof value);
    return static_cast<float>(value);
  }
  uint16_t bits = 0;
  std::memcpy(&bits, from, sizeof bits);
  return dtype == DType::bf16 ? bfloat_to_float(bits) : half_to_float(bits);
}

}  // namespace

TensorReader::TensorReader(const std::string& path) : path_(path) {
  file_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) throw IoError(str(path, ": cannot open: ", std::strerror(errno)));
  try {
    struct stat info = {};
    if (fstat(file_, &info) != 0 || !S_ISREG(info.st_mode)) {
      throw IoError(str(path, ": is not a file"));
    }
    const auto size = static_cast<uint64_t>(info.st_size);
    std::string first(std::min<uint64_t>(size, kTensorHeaderBegin), '\0');
    read_bytes(0, std::as_writable_bytes(std::span(first)), "the header");
    std::string text(tensor_header_size(first, size, path), '\0');
    read_bytes(kTensorHeaderBegin, std::as_writable_bytes(std::span(text)), "the header");
    data_begin_ = kTensorHeaderBegin + text.size();
    header_ = TensorHeader::parse(text, size - data_begin_, path);
  } catch (...) {
    close(file_);
    throw;
  }
}

TensorReader::~TensorReader() {
  if (file_ >= 0) close(file_);
}

TensorReader::TensorReader(TensorReader&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      data_begin_(other.data_begin_),
      header_(std::move(other.header_)) {}

void TensorReader::read_bytes(uint64_t begin, std::span<std::byte> out,
                              const std::string& what) const {
  while (!out.empty()) {
    const ssize_t got = pread(file_, out.data(), out.size(), static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw IoError(str(path_, ": cannot read ", what, ": ",
                        got < 0 ? std::strerror(errno) : "the file ends inside it"));
    }
    begin += static_cast<uint64_t>(got);
    out = out.subspan(static_cast<size_t>(got));
  }
}

void TensorReader::read_floats(const std::string& tensor, std::span<float> out) const {
  const auto found = header_.tensors.find(tensor);
  TAILOR_CHECK(found != header_.tensors.end(), path_, " has no ", tensor);
  const TensorPlace& place = found->second;
  const std::string what = str("tensor '", tensor, "'");
  const auto element = static_cast<size_t>(dtype_bytes(place.dtype));
  TAILOR_CHECK(out.size() * element == place.end - place.begin, what, ": ", out.size(), " floats");
  const uint64_t begin = data_begin_ + place.begin;
  if (place.dtype == DType::f32) return read_bytes(begin, std::as_writable_bytes(out), what);
  if (place.dtype != DType::f64 && place.dtype != DType::f16 && place.dtype != DType::bf16) {
    throw IoError(
        str(path_, ": ", what, ": is ", dtype_name(place.dtype), ", needs F32, F64, F16 or BF16"));
  }
  std::vector<std::byte> piece(std::min(kPiece, out.size() * element));
  for (size_t done = 0; done < out.size();) {
    const size_t count = std::min(piece.size() / element, out.size() - done);
    read_bytes(begin + done * element, std::span(piece).first(count * element), what);
    for (size_t i = 0; i < count; ++i) {
      out[done + i] = to_float(place.dtype, piece.data() + i * element);
    }
    done += count;
  }
}

}  // namespace tailor
