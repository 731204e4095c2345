// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes.
// Source: github.com/huggingface/safetensors, README "Format".
#include "core/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/error.h"
#include "core/file.h"

namespace tailor {

namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr int kMaxJsonDepth = 4;

std::string dump(const json& header, const std::string& source) {
  try {
    return header.dump();
  } catch (const json::exception& error) {
    throw IoError(str(source, ": names and metadata must be UTF-8: ", error.what()));
  }
}

/// Looks for what json::parse accepts silently, doubled keys, and bounds the depth. (A callback of
/// json::parse could do the same, but takes quadratic time.)
struct HeaderCheck : nlohmann::json_sax<json> {
  std::string problem;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  int depth = 0;

  bool stop(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool open() { return ++depth <= kMaxJsonDepth || stop("the header is nested too deep"); }
  bool start_object(size_t) override {
    keys.emplace_back();
    return open();
  }
  bool end_object() override {
    keys.pop_back();
    return --depth >= 0;
  }
  bool start_array(size_t) override { return open(); }
  bool end_array() override { return --depth >= 0; }
  bool key(std::string& name) override {
    return keys.back().insert(name).second || stop(str("'", name, "' is in the header twice"));
  }
  bool parse_error(size_t, const std::string&, const json::exception& error) override {
    return stop(str("the header is not JSON: ", error.what()));
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
};

/// Where a tensor's bytes lie, for the check that they tile the data.
struct Extent {
  uint64_t begin, end;
  std::string name;
  auto operator<=>(const Extent&) const = default;
};

class Parser {
 public:
  Parser(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  TensorFile parse() {
    const std::string_view header = header_text();
    const std::string_view data = bytes_.substr(kLengthBytes + header.size());
    const json fields = read_json(header);
    TensorFile file;
    file.source = name_;
    std::vector<Extent> extents;
    for (const auto& [key, value] : fields.items()) {
      if (key == "__metadata__") {
        file.metadata = read_metadata(value);
      } else {
        file.tensors[key] = read_tensor(key, value, data.size(), extents);
      }
    }
    // Checked before anything is copied: overlapping tensors could ask for any amount of memory.
    check_tiling(extents, data.size());
    for (const Extent& extent : extents) {
      const auto* begin = reinterpret_cast<const std::byte*>(data.data());
      file.tensors[extent.name].bytes.assign(begin + extent.begin, begin + extent.end);
    }
    return file;
  }

 private:
  template <class... Parts>
  [[noreturn]] void fail(const Parts&... parts) const {
    throw IoError(str(name_, ": ", parts...));
  }

  std::string_view header_text() const {
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
    return bytes_.substr(kLengthBytes, length);
  }

  json read_json(std::string_view text) const {
    HeaderCheck check;
    json::sax_parse(text.begin(), text.end(), &check);
    if (!check.problem.empty()) fail(check.problem);
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

  HostTensor read_tensor(const std::string& key, const json& fields, size_t data_size,
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
    if (offsets[1] > data_size) {
      fail(at, "ends at byte ", offsets[1], " of ", data_size, "; the file is truncated");
    }
    int64_t expected = 0;
    if (!tensor_bytes(tensor.dtype, tensor.shape, expected)) {
      fail(at, "shape [", join(tensor.shape, ", "), "] is too large");
    }
    if (const uint64_t size = offsets[1] - offsets[0]; static_cast<uint64_t>(expected) != size) {
      fail(at, dtype_name(tensor.dtype), " of shape [", join(tensor.shape, ", "), "] takes ",
           expected, " bytes, got ", size);
    }
    extents.push_back({offsets[0], offsets[1], key});
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

  void check_tiling(std::vector<Extent>& extents, size_t data_size) const {
    std::sort(extents.begin(), extents.end());
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

const HostTensor& TensorFile::at(const std::string& name) const {
  const auto found = tensors.find(name);
  if (found != tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [key, tensor] : tensors) names.push_back(key);
  const std::string near = nearest(name, names);
  throw IoError(str(source, ": has no tensor '", name, near.empty() ? "" : "'; the nearest is '",
                    near, "'; it holds ", names.size(), " tensors"));
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
    TAILOR_CHECK(tensor_bytes(tensor.dtype, tensor.shape, expected) &&
                     static_cast<size_t>(expected) == tensor.bytes.size(),
                 "tensor '", name, "' has ", tensor.bytes.size(), " bytes for shape [",
                 join(tensor.shape, ", "), "]");
    const size_t begin = end;
    end += tensor.bytes.size();
    header[name] = {{"dtype", dtype_name(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin, end}}};
  }
  std::string text = dump(header, source);
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
