// From pickled objects and raw storages to tensors.
#include "supernet/formats/pth.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <set>

#include "core/error.h"
#include "core/file.h"
#include "core/float_bits.h"
#include "supernet/formats/little_endian.h"
#include "supernet/formats/pickle.h"
#include "supernet/formats/zip.h"

namespace tailor {
namespace {

using Kind = PickleValue::Kind;
using Storages = std::map<std::string, std::string_view>;

constexpr std::string_view kZipStart = "PK\x03\x04";
/// 0x1950a86a20f9469cfc6c as a pickle of protocol 2.
constexpr std::string_view kLegacyStart("\x80\x02\x8a\nl\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);

float as_float(DType dtype, std::string_view bytes) {
  const uint64_t bits = read_little_endian(bytes);
  if (dtype == DType::f64) return static_cast<float>(std::bit_cast<double>(bits));
  if (dtype == DType::bf16) return bfloat_to_float(static_cast<uint16_t>(bits));
  return half_to_float(static_cast<uint16_t>(bits));
}

bool becomes_float(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f16 || dtype == DType::bf16;
}

/// Elements of a strided tensor, in row-major order.
class Gather {
 public:
  /// Throws IoError when an element lies beyond the storage.
  Gather(const PickledTensor& t, std::string_view storage, const std::string& where) : t_(t) {
    const uint64_t held = storage.size() / static_cast<uint64_t>(dtype_bytes(t.dtype));
    const bool empty = std::find(t.shape.begin(), t.shape.end(), 0) != t.shape.end();
    uint64_t last = static_cast<uint64_t>(t.offset), count = empty ? 0 : 1;
    for (size_t d = 0; d < t.shape.size() && !empty; ++d) {
      const auto n = static_cast<uint64_t>(t.shape[d]), step = static_cast<uint64_t>(t.strides[d]);
      if (n <= held && step <= held) count *= n;
      if (n > held || step > held || count > held) {
        throw IoError(str(where, ": its shape is larger than its storage"));
      }
      last += (n - 1) * step;
    }
    if (!empty && last >= held) {
      throw IoError(str(where, ": reaches element ", last, " of a storage of ", held));
    }
    count_ = count;
    bytes_ = storage;
  }

  uint64_t count() const { return count_; }
  HostTensor run() const {
    const DType dtype = becomes_float(t_.dtype) ? DType::f32 : t_.dtype;
    HostTensor out = HostTensor::zeros(dtype, t_.shape);
    const auto from = static_cast<size_t>(dtype_bytes(t_.dtype));
    const auto to = static_cast<size_t>(dtype_bytes(dtype));
    std::vector<int64_t> index(t_.shape.size(), 0);
    for (uint64_t i = 0; i < count_; ++i) {
      uint64_t at = static_cast<uint64_t>(t_.offset);
      for (size_t d = 0; d < index.size(); ++d) {
        at += static_cast<uint64_t>(index[d] * t_.strides[d]);
      }
      const std::string_view element = bytes_.substr(at * from, from);
      if (becomes_float(t_.dtype)) {
        const float value = as_float(t_.dtype, element);
        std::memcpy(out.bytes.data() + i * to, &value, to);
      } else {
        std::memcpy(out.bytes.data() + i * to, element.data(), to);
      }
      for (size_t d = index.size(); d-- > 0 && ++index[d] == t_.shape[d];) index[d] = 0;
    }
    return out;
  }

 private:
  const PickledTensor& t_;
  std::string_view bytes_;
  uint64_t count_ = 0;
};

/// Tensors of a dict by dotted name.
class Collector {
 public:
  /// most: bytes of tensors and values visited that are allowed, since a small file can name one
  /// storage or dict many times.
  Collector(const Storages& storages, size_t most, TensorFile& out)
      : storages_(storages), left_(most), out_(out) {}

  void collect(const PickleValue& dict, const std::string& prefix) {
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& key = *dict.items[i];
      const PickleValue& value = *dict.items[i + 1];
      const std::string name = prefix + (key.kind == Kind::integer ? str(key.integer) : key.text);
      spend(1 + name.size());
      if (value.kind == Kind::dict) collect(value, name + ".");
      if (value.kind != Kind::tensor || value.is_storage) continue;
      const std::string where = str(out_.source, ": tensor '", name, "'");
      const auto found = storages_.find(value.tensor.storage);
      if (found == storages_.end()) {
        throw IoError(str(where, ": storage '", value.tensor.storage, "' is not in the file"));
      }
      const Gather gather(value.tensor, found->second, where);
      spend(static_cast<size_t>(gather.count()) * 8);
      out_.tensors[name] = gather.run();
    }
  }

 private:
  void spend(size_t amount) {
    if (amount > left_) {
      throw IoError(str(out_.source, ": its tensors are many times larger than the file"));
    }
    left_ -= amount;
  }

  const Storages& storages_;
  size_t left_;
  TensorFile& out_;
};

TensorFile state_dict(const PickleValue& object, const Storages& storages, size_t file_size,
                      const std::string& name) {
  const PickleValue* dict = &object;
  for (const char* key : {"state_dict", "model"}) {
    const PickleValue* inner = object.find(key);
    if (inner && inner->kind == Kind::dict) {
      dict = inner;
      break;
    }
  }
  if (dict->kind != Kind::dict) throw IoError(str(name, ": holds no state_dict"));
  TensorFile out;
  out.source = name;
  Collector(storages, (size_t{1} << 20) + 16 * file_size, out).collect(*dict, "");
  if (out.tensors.empty()) throw IoError(str(name, ": its state_dict holds no tensor"));
  return out;
}

TensorFile parse_zip(std::string_view bytes, const std::string& name) {
  const std::map<std::string, std::string_view> entries = read_stored_zip(bytes, name);
  const std::string pickle = "/data.pkl";
  for (const auto& [entry, content] : entries) {
    if (!entry.ends_with(pickle)) continue;
    const std::string folder = entry.substr(0, entry.size() - pickle.size());
    if (const auto order = entries.find(folder + "/byteorder");
        order != entries.end() && order->second != "little") {
      throw IoError(str(name, ": was written on a big-endian machine, which is not read"));
    }
    Storages storages;
    const std::string data = folder + "/data/";
    for (const auto& [other, bytes_of] : entries) {
      if (other.starts_with(data)) storages.emplace(other.substr(data.size()), bytes_of);
    }
    size_t used = 0;
    return state_dict(*read_pickle(content, name, used), storages, bytes.size(), name);
  }
  throw IoError(str(name, ": is a zip file without data.pkl, so not one of torch.save"));
}

/// Element sizes by storage key, from the tensors that use them.
void sizes_of(const PickleValue& value, std::map<std::string, int64_t>& sizes,
              std::set<const PickleValue*>& seen) {
  if (!seen.insert(&value).second) return;
  if (value.kind == Kind::tensor) {
    sizes[value.tensor.storage] = dtype_bytes(value.tensor.dtype);
  }
  for (const PicklePtr& item : value.items) sizes_of(*item, sizes, seen);
}

/// Pickles: magic, protocol, system, object, storage keys; then each storage: count, elements.
TensorFile parse_legacy(std::string_view bytes, const std::string& name) {
  const size_t file_size = bytes.size();
  auto next = [&] {
    size_t used = 0;
    PicklePtr value = read_pickle(bytes, name, used);
    bytes.remove_prefix(used);
    return value;
  };
  next();
  if (next()->integer != 1001) throw IoError(str(name, ": is no torch file of protocol 1001"));
  next();
  const PicklePtr object = next(), keys = next();
  std::map<std::string, int64_t> sizes;
  std::set<const PickleValue*> seen;
  sizes_of(*object, sizes, seen);
  Storages storages;
  for (const PicklePtr& key : keys->items) {
    const auto size = sizes.find(key->text);
    if (size == sizes.end()) throw IoError(str(name, ": storage '", key->text, "' has no tensor"));
    const uint64_t held = bytes.size() < 8 ? 0 : read_little_endian(bytes.substr(0, 8));
    const auto element = static_cast<uint64_t>(size->second);
    if (bytes.size() < 8 || held > (bytes.size() - 8) / element) {
      throw IoError(str(name, ": the file ends inside storage '", key->text, "'"));
    }
    storages[key->text] = bytes.substr(8, held * element);
    bytes.remove_prefix(8 + held * element);
  }
  return state_dict(*object, storages, file_size, name);
}

}  // namespace

bool looks_like_pth(std::string_view bytes) {
  return bytes.starts_with(kZipStart) || bytes.starts_with(kLegacyStart);
}

TensorFile parse_pth(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with(kZipStart)) return parse_zip(bytes, name);
  if (bytes.starts_with(kLegacyStart)) return parse_legacy(bytes, name);
  throw IoError(str(name,
                    ": is no file of torch.save (it starts with neither its magic number nor "
                    "that of a zip file)"));
}

TensorFile read_weights_file(const std::string& path) {
  const std::string bytes = read_file(path);
  if (looks_like_pth(bytes)) return parse_pth(bytes, path);
  return TensorFile::parse(bytes, path);
}

}  // namespace tailor
