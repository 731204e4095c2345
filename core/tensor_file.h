// safetensors files (github.com/huggingface/safetensors, README "Format"): reader and writer,
// bounds checked, without LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tailor {

enum class DType { f32, f64, f16, bf16, i64, i32, u8, boolean };

int64_t dtype_bytes(DType dtype);
/// The name in the file: "F32", "I64", ...
std::string_view dtype_name(DType dtype);
/// Bytes a tensor takes; false when an extent is negative or the size does not fit.
bool tensor_bytes(DType dtype, const std::vector<int64_t>& shape, int64_t& bytes);

/// A tensor with its bytes, row-major, little-endian.
struct HostTensor {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;

  int64_t numel() const;
  static HostTensor zeros(DType dtype, std::vector<int64_t> shape);
  static HostTensor from_floats(std::vector<int64_t> shape, std::span<const float> values);
  /// View of the bytes as float; throws Error when dtype is not f32.
  std::span<const float> floats() const;
  std::span<float> floats();
};

/// Named tensors and the file's string metadata.
struct TensorFile {
  std::map<std::string, HostTensor> tensors;
  std::map<std::string, std::string> metadata;

  /// Throws IoError naming the file and `name`, with the nearest name there.
  const HostTensor& at(const std::string& name) const;
  std::string source = "tensors";  ///< where it came from, for messages

  /// Throws IoError naming file and tensor: truncated, header too large (100 MB) or not JSON,
  /// offsets that overlap, leave holes or pass the end, shapes that overflow or do not match.
  static TensorFile load(const std::string& path);
  static TensorFile parse(std::string_view bytes, const std::string& name);
  /// The file's bytes: header padded to 8 bytes, tensors in name order.
  std::string serialize() const;
  /// Atomic; see write_file.
  void save(const std::string& path) const;
};

}  // namespace tailor
