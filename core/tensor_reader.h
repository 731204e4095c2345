// A safetensors file left on disk, its tensors read one at a time: weights larger than the memory
// that a copy of them would take.
#pragma once

#include <span>
#include <string>

#include "core/tensor_header.h"

namespace tailor {

class TensorReader {
 public:
  /// Opens the file and reads its header. Throws IoError as TensorFile::load does.
  explicit TensorReader(const std::string& path);
  ~TensorReader();
  TensorReader(TensorReader&& other) noexcept;
  TensorReader& operator=(TensorReader&&) = delete;

  const std::string& path() const { return path_; }
  const TensorHeader& header() const { return header_; }
  /// A tensor of the header as float32: F32, and F64, F16 and BF16 converted. out: its elements,
  /// row-major. Throws IoError naming file and tensor: another type, a read that fails.
  void read_floats(const std::string& tensor, std::span<float> out) const;

 private:
  void read_bytes(uint64_t begin, std::span<std::byte> out, const std::string& what) const;

  std::string path_;
  int file_ = -1;
  uint64_t data_begin_ = 0;
  TensorHeader header_;
};

}  // namespace tailor
