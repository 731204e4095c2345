// The header of a safetensors file: where each tensor's bytes lie.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor_file.h"

namespace tailor {

/// begin, end: bytes behind the header.
struct TensorPlace {
  DType dtype = DType::f32;
  std::vector<int64_t> shape = {};
  uint64_t begin = 0, end = 0;
};

struct TensorHeader {
  std::map<std::string, TensorPlace> tensors;
  std::map<std::string, std::string> metadata;

  /// text: the header's JSON; data_size: bytes behind it; name: the file, for messages. Throws
  /// IoError as TensorFile::load does.
  static TensorHeader parse(std::string_view text, uint64_t data_size, const std::string& name);
};

/// Bytes of the header's JSON, which begins at kTensorHeaderBegin. first: the file's first bytes.
/// Throws IoError for a file that cannot hold it.
uint64_t tensor_header_size(std::string_view first, uint64_t file_size, const std::string& name);
inline constexpr size_t kTensorHeaderBegin = 8;

}  // namespace tailor
