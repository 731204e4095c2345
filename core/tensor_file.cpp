// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes.
// Source: github.com/huggingface/safetensors, README "Format".
#include "core/tensor_file.h"

#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/tensor_header.h"

namespace tailor {

namespace {

using nlohmann::json;

std::string dump(const json& header, const std::string& source) {
  try {
    return header.dump();
  } catch (const json::exception& error) {
    throw IoError(str(source, ": names and metadata must be UTF-8: ", error.what()));
  }
}

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
  const uint64_t size = tensor_header_size(bytes.substr(0, kTensorHeaderBegin), bytes.size(), name);
  const std::string_view data = bytes.substr(kTensorHeaderBegin + size);
  TensorHeader header =
      TensorHeader::parse(bytes.substr(kTensorHeaderBegin, size), data.size(), name);
  TensorFile file;
  file.source = name;
  file.metadata = std::move(header.metadata);
  for (auto& [key, place] : header.tensors) {
    const auto* begin = reinterpret_cast<const std::byte*>(data.data());
    HostTensor& tensor = file.tensors[key];
    tensor.dtype = place.dtype;
    tensor.shape = std::move(place.shape);
    tensor.bytes.assign(begin + place.begin, begin + place.end);
  }
  return file;
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
  std::string out(kTensorHeaderBegin, '\0');
  std::memcpy(out.data(), &length, kTensorHeaderBegin);
  out.reserve(kTensorHeaderBegin + text.size() + end);
  out += text;
  for (const auto& [name, tensor] : tensors) {
    out.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
  }
  return out;
}

void TensorFile::save(const std::string& path) const { write_file(path, serialize()); }

}  // namespace tailor
