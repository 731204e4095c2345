// Reading a safetensors header. Source: github.com/huggingface/safetensors, README "Format".
#include "core/tensor_header.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_check.h"

namespace tailor {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr int kMaxJsonDepth = 4;

/// Where a tensor's bytes lie, for the check that they tile the data.
struct Extent {
  uint64_t begin, end;
  std::string name;
  auto operator<=>(const Extent&) const = default;
};

class HeaderParser {
 public:
  HeaderParser(uint64_t data_size, const std::string& name) : data_size_(data_size), name_(name) {}

  TensorHeader parse(std::string_view text) {
    const json fields = read_json(text);
    TensorHeader header;
    for (const auto& [key, value] : fields.items()) {
      if (key == "__metadata__") {
        header.metadata = read_metadata(value);
      } else {
        header.tensors[key] = read_tensor(key, value);
      }
    }
    // Checked before anything is copied: overlapping tensors could ask for any amount of memory.
    check_tiling(header);
    return header;
  }

 private:
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(name_, ": ", parts...));
  }

  json read_json(std::string_view text) const {
    const std::string problem = json_problem(text, "the header", kMaxJsonDepth);
    if (!problem.empty()) fail(problem);
    const json fields = json::parse(text.begin(), text.end());
    if (!fields.is_object()) fail("the header is not a JSON object");
    return fields;
  }

  std::map<std::string, std::string> read_metadata(const json& fields) const {
    if (!fields.is_object()) fail("__metadata__ is not an object");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, value] : fields.items()) {
      if (!value.is_string()) fail("__metadata__ '", key, "' is not a string");
      metadata[key] = value.get<std::string>();
    }
    return metadata;
  }

  TensorPlace read_tensor(const std::string& key, const json& fields) const {
    const std::string at = str("tensor '", key, "': ");
    if (!fields.is_object()) fail(at, "is not an object");
    for (const auto& [field, value] : fields.items()) {
      if (field != "dtype" && field != "shape" && field != "data_offsets") {
        fail(at, "unknown field '", field, "'");
      }
    }
    TensorPlace tensor;
    tensor.dtype = read_dtype(at, fields);
    for (const uint64_t extent : read_integers(at, fields, "shape")) {
      tensor.shape.push_back(static_cast<int64_t>(extent));
    }
    const std::vector<uint64_t> offsets = read_integers(at, fields, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1]) fail(at, "data_offsets are not a range");
    if (offsets[1] > data_size_) {
      fail(at, "ends at byte ", offsets[1], " of ", data_size_, "; the file is truncated");
    }
    int64_t expected = 0;
    if (!tensor_bytes(tensor.dtype, tensor.shape, expected)) {
      fail(at, "shape [", join(tensor.shape, ", "), "] is too large");
    }
    if (const uint64_t size = offsets[1] - offsets[0]; static_cast<uint64_t>(expected) != size) {
      fail(at, dtype_name(tensor.dtype), " of shape [", join(tensor.shape, ", "), "] takes ",
           expected, " bytes, got ", size);
    }
    tensor.begin = offsets[0];
    tensor.end = offsets[1];
    return tensor;
  }

  DType read_dtype(const std::string& at, const json& fields) const {
    const auto found = fields.find("dtype");
    if (found == fields.end() || !found->is_string()) fail(at, "has no dtype");
    const std::string name = found->get<std::string>();
    std::vector<std::string_view> known;
    for (int i = 0; i <= static_cast<int>(DType::boolean); ++i) {
      const DType dtype = static_cast<DType>(i);
      if (dtype_name(dtype) == name) return dtype;
      known.push_back(dtype_name(dtype));
    }
    fail(at, "dtype '", name, "' is not supported; known: ", join(known, ", "));
  }

  std::vector<uint64_t> read_integers(const std::string& at, const json& fields,
                                      const char* field) const {
    const auto found = fields.find(field);
    if (found == fields.end() || !found->is_array()) fail(at, "has no ", field);
    std::vector<uint64_t> out;
    for (const json& item : *found) {
      if (!item.is_number_unsigned() || item.get<uint64_t>() > uint64_t{INT64_MAX}) {
        fail(at, field, " must hold integers >= 0");
      }
      out.push_back(item.get<uint64_t>());
    }
    return out;
  }

  void check_tiling(const TensorHeader& header) const {
    std::vector<Extent> extents;
    for (const auto& [key, tensor] : header.tensors) {
      extents.push_back({tensor.begin, tensor.end, key});
    }
    std::sort(extents.begin(), extents.end());
    uint64_t end = 0;
    for (const Extent& extent : extents) {
      if (extent.begin < end) fail("tensor '", extent.name, "': overlaps another tensor");
      if (extent.begin > end) {
        fail("tensor '", extent.name, "': ", extent.begin - end, " unused bytes before it");
      }
      end = extent.end;
    }
    if (end != data_size_) fail(data_size_ - end, " bytes after the last tensor");
  }

  uint64_t data_size_;
  const std::string& name_;
};

}  // namespace

TensorHeader TensorHeader::parse(std::string_view text, uint64_t data_size,
                                 const std::string& name) {
  return HeaderParser(data_size, name).parse(text);
}

uint64_t tensor_header_size(std::string_view first, uint64_t file_size, const std::string& name) {
  if (first.size() < kTensorHeaderBegin) {
    throw IoError(str(name, ": is too short for a safetensors file"));
  }
  uint64_t size = 0;
  std::memcpy(&size, first.data(), kTensorHeaderBegin);
  if (size > kMaxHeaderBytes) {
    throw IoError(
        str(name, ": header of ", size, " bytes is larger than 100 MB; is it a safetensors file?"));
  }
  if (size > file_size - kTensorHeaderBegin) {
    throw IoError(str(name, ": is truncated: the header has ", size, " bytes, the file only ",
                      file_size - kTensorHeaderBegin, " after its length"));
  }
  return size;
}

}  // namespace tailor
