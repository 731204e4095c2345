// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes.
// Source: github.com/huggingface/safetensors, README "Format".
#include "core/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "core/file.h"

namespace tailor {

namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr int kMaxJsonDepth = 4;

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int64_t bytes;
};
constexpr DTypeInfo kDTypes[] = {
    {DType::f32, "F32", 4}, {DType::f64, "F64", 8}, {DType::f16, "F16", 2},
    {DType::bf16, "BF16", 2}, {DType::i64, "I64", 8}, {DType::i32, "I32", 4},
    {DType::u8, "U8", 1}, {DType::boolean, "BOOL", 1},
};

const DTypeInfo& info(DType dtype) {
  for (const DTypeInfo& entry : kDTypes) {
    if (entry.dtype == dtype) return entry;
  }
  throw Error("a tensor's dtype is not one of DType");
}

/// False when the product (or times `unit`) does not fit.
bool checked_size(const std::vector<int64_t>& shape, int64_t unit, int64_t& bytes) {
  bytes = unit;
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return false;
  }
  return true;
}

struct Header {
  json fields;
  std::string_view data;
};

/// Where a tensor's bytes lie, for the check that they tile the data.
struct Extent {
  uint64_t begin, end;
  std::string name;
};

class Parser {
 public:
  Parser(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  TensorFile parse() {
    const Header header = read_header();
    TensorFile file;
    file.source = name_;
    std::vector<Extent> extents;
    for (const auto& [key, value] : header.fields.items()) {
      if (key == "__metadata__") {
        file.metadata = read_metadata(value);
      } else {
        file.tensors[key] = read_tensor(key, value, header.data, extents);
      }
    }
    check_tiling(extents, header.data.size());
    return file;
  }

 private:
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(name_, ": ", parts...));
  }

  Header read_header() const {
    if (bytes_.size() < kLengthBytes) fail("is too short for a safetensors file");
    uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), kLengthBytes);
    if (length > kMaxHeaderBytes) {
      fail("header of ", length, " bytes is larger than 100 MB; is it a safetensors file?");
    }
    if (length > bytes_.size() - kLengthBytes) {
      fail("is truncated: the header has ", length, " bytes, the file only ",
           bytes_.size() - kLengthBytes, " after its length");
    }
    const std::string_view text = bytes_.substr(kLengthBytes, length);
    return {read_json(text), bytes_.substr(kLengthBytes + length)};
  }

  json read_json(std::string_view text) const {
    std::vector<std::set<std::string>> keys;
    const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
      if (depth > kMaxJsonDepth) fail("the header is nested too deep");
      if (event == json::parse_event_t::object_start) keys.emplace_back();
      if (event == json::parse_event_t::object_end) keys.pop_back();
      if (event == json::parse_event_t::key &&
          !keys.back().insert(parsed.get<std::string>()).second) {
        fail("'", parsed.get<std::string>(), "' is in the header twice");
      }
      return true;
    };
    try {
      json fields = json::parse(text.begin(), text.end(), check);
      if (!fields.is_object()) fail("the header is not a JSON object");
      return fields;
    } catch (const json::exception& error) {
      fail("the header is not JSON: ", error.what());
    }
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

  HostTensor read_tensor(const std::string& key, const json& fields, std::string_view data,
                         std::vector<Extent>& extents) const {
    const std::string at = str("tensor '", key, "': ");
    if (!fields.is_object()) fail(at, "is not an object");
    for (const auto& [field, value] : fields.items()) {
      if (field != "dtype" && field != "shape" && field != "data_offsets") {
        fail(at, "unknown field '", field, "'");
      }
    }
    HostTensor tensor;
    tensor.dtype = read_dtype(at, fields);
    for (const uint64_t extent : read_integers(at, fields, "shape")) {
      tensor.shape.push_back(static_cast<int64_t>(extent));
    }
    const std::vector<uint64_t> offsets = read_integers(at, fields, "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1]) fail(at, "data_offsets are not a range");
    if (offsets[1] > data.size()) {
      fail(at, "ends at byte ", offsets[1], " of ", data.size(), "; the file is truncated");
    }
    int64_t expected = 0;
    if (!checked_size(tensor.shape, dtype_bytes(tensor.dtype), expected)) {
      fail(at, "shape [", join(tensor.shape, ", "), "] is too large");
    }
    const uint64_t size = offsets[1] - offsets[0];
    if (static_cast<uint64_t>(expected) != size) {
      fail(at, dtype_name(tensor.dtype), " of shape [", join(tensor.shape, ", "), "] takes ",
           expected, " bytes, got ", size);
    }
    tensor.bytes.resize(size);
    if (size > 0) std::memcpy(tensor.bytes.data(), data.data() + offsets[0], size);
    extents.push_back({offsets[0], offsets[1], key});
    return tensor;
  }

  DType read_dtype(const std::string& at, const json& fields) const {
    const auto found = fields.find("dtype");
    if (found == fields.end() || !found->is_string()) fail(at, "has no dtype");
    const std::string name = found->get<std::string>();
    std::vector<std::string_view> known;
    for (const DTypeInfo& entry : kDTypes) {
      if (entry.name == name) return entry.dtype;
      known.push_back(entry.name);
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

  void check_tiling(std::vector<Extent>& extents, size_t data_size) const {
    std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    uint64_t end = 0;
    for (const Extent& extent : extents) {
      if (extent.begin < end) fail("tensor '", extent.name, "': overlaps another tensor");
      if (extent.begin > end) {
        fail("tensor '", extent.name, "': ", extent.begin - end, " unused bytes before it");
      }
      end = extent.end;
    }
    if (end != data_size) fail(data_size - end, " bytes after the last tensor");
  }

  std::string_view bytes_;
  const std::string& name_;
};

}  // namespace

int64_t dtype_bytes(DType dtype) { return info(dtype).bytes; }

std::string_view dtype_name(DType dtype) { return info(dtype).name; }

int64_t HostTensor::numel() const {
  int64_t count = 1;
  TAILOR_CHECK(checked_size(shape, 1, count), "shape [", join(shape, ", "), "]");
  return count;
}

HostTensor HostTensor::zeros(DType dtype, std::vector<int64_t> shape) {
  HostTensor tensor{dtype, std::move(shape), {}};
  int64_t bytes = 0;
  TAILOR_CHECK(checked_size(tensor.shape, dtype_bytes(dtype), bytes), "shape [",
               join(tensor.shape, ", "), "]");
  tensor.bytes.resize(static_cast<size_t>(bytes));
  return tensor;
}

HostTensor HostTensor::from_floats(std::vector<int64_t> shape, std::span<const float> values) {
  HostTensor tensor = zeros(DType::f32, std::move(shape));
  TAILOR_CHECK(values.size_bytes() == tensor.bytes.size(), values.size(), " values for shape [",
               join(tensor.shape, ", "), "]");
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

std::span<const float> HostTensor::floats() const {
  if (dtype != DType::f32) throw Error(str("a tensor of F32 is needed, got ", dtype_name(dtype)));
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::span<float> HostTensor::floats() {
  const std::span<const float> view = std::as_const(*this).floats();
  return {const_cast<float*>(view.data()), view.size()};
}

const HostTensor& TensorFile::at(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found != tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [key, tensor] : tensors) names.push_back(key);
  const std::string near = nearest(name, names);
  throw IoError(str(source, ": has no tensor '", name, "'",
                    near.empty() ? "" : "; the nearest is '" + near + "'", "; it holds ",
                    names.size(), " tensors"));
}

TensorFile TensorFile::parse(std::string_view bytes, const std::string& name) {
  return Parser(bytes, name).parse();
}

TensorFile TensorFile::load(const std::string& path) { return parse(read_file(path), path); }

std::string TensorFile::serialize() const {
  json header = json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  size_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    TAILOR_CHECK(name != "__metadata__", "a tensor must not be called __metadata__");
    int64_t expected = 0;
    TAILOR_CHECK(checked_size(tensor.shape, dtype_bytes(tensor.dtype), expected) &&
                     static_cast<size_t>(expected) == tensor.bytes.size(),
                 "tensor '", name, "' has ", tensor.bytes.size(), " bytes for shape [",
                 join(tensor.shape, ", "), "]");
    const size_t begin = end;
    end += tensor.bytes.size();
    header[name] = {{"dtype", dtype_name(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception& error) {
    throw IoError(str(source, ": names and metadata must be UTF-8: ", error.what()));
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  std::string out(kLengthBytes, '\0');
  std::memcpy(out.data(), &length, kLengthBytes);
  out.reserve(kLengthBytes + text.size() + end);
  out += text;
  for (const auto& [name, tensor] : tensors) {
    out.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  return out;
}

void TensorFile::save(const std::string& path) const { write_file(path, serialize()); }

}  // namespace tailor
