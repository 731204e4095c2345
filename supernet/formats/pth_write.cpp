// Writing torch.save's zip form: a pickle of the names and shapes, and one record a tensor.
#include <array>
#include <limits>

#include "core/error.h"
#include "supernet/formats/little_endian.h"
#include "supernet/formats/pth.h"

namespace tailor {
namespace {

/// CRC-32 of zip (reflected 0xedb88320).
uint32_t crc32(std::string_view bytes) {
  static const std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320U ^ c >> 1 : c >> 1;
      table[i] = c;
    }
    return table;
  }();
  uint32_t c = ~0U;
  for (char byte : bytes) c = kTable[(c ^ static_cast<unsigned char>(byte)) & 0xff] ^ c >> 8;
  return ~c;
}

/// Stored entries, one after the other; see zip.h for the format.
class ZipWriter {
 public:
  void add(const std::string& name, std::string_view content) {
    const std::string sizes = little_endian(crc32(content), 4) + little_endian(content.size(), 4) +
                              little_endian(content.size(), 4) + little_endian(name.size(), 2) +
                              little_endian(0, 2);
    const std::string common =
        little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2) + little_endian(0x21, 2);
    directory_ += "PK\x01\x02" + little_endian(20, 2) + little_endian(20, 2) + common + sizes +
                  little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 2) +
                  little_endian(0, 4) + little_endian(bytes_.size(), 4) + name;
    bytes_ += "PK\x03\x04" + little_endian(20, 2) + common + sizes + name;
    bytes_ += content;
    ++count_;
    if (bytes_.size() + directory_.size() > std::numeric_limits<uint32_t>::max() - 64 ||
        count_ >= 0xffff) {
      throw Error(
          "a .pth file of more than 4 GiB or 65534 tensors is not written; use safetensors");
    }
  }
  std::string finish() {
    const size_t start = bytes_.size();
    return bytes_ + directory_ + "PK\x05\x06" + little_endian(0, 4) + little_endian(count_, 2) +
           little_endian(count_, 2) + little_endian(directory_.size(), 4) +
           little_endian(start, 4) + little_endian(0, 2);
  }

 private:
  std::string bytes_, directory_;
  size_t count_ = 0;
};

const char* storage_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "FloatStorage";
    case DType::f64:
      return "DoubleStorage";
    case DType::f16:
      return "HalfStorage";
    case DType::bf16:
      return "BFloat16Storage";
    case DType::i64:
      return "LongStorage";
    case DType::i32:
      return "IntStorage";
    case DType::u8:
      return "ByteStorage";
    case DType::boolean:
      return "BoolStorage";
  }
  throw Error("unknown tensor type");
}

std::string text(const std::string& value) { return "X" + little_endian(value.size(), 4) + value; }

std::string integer(int64_t value) {
  if (value > std::numeric_limits<int32_t>::max()) throw Error("a tensor is too large for a .pth");
  return "J" + little_endian(static_cast<uint64_t>(value), 4);
}

std::string tuple(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (int64_t value : values) out += integer(value);
  return out + "t";
}

const std::string kEmptyDict = "ccollections\nOrderedDict\n)R";

/// torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()).
std::string tensor(const HostTensor& value, const std::string& key) {
  std::vector<int64_t> strides(value.shape.size(), 1);
  for (size_t d = strides.size(); d-- > 1;) {
    strides[d - 1] = strides[d] * std::max<int64_t>(value.shape[d], 1);
  }
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" +
         storage_name(value.dtype) + "\n" + text(key) + text("cpu") + integer(value.numel()) +
         "tQ" + integer(0) + tuple(value.shape) + tuple(strides) + "\x89" + kEmptyDict + "tR";
}

}  // namespace

std::string pth_bytes(const TensorFile& tensors) {
  std::string pickle = "\x80\x02}" + text("state_dict") + kEmptyDict + "(";
  int64_t key = 0;
  for (const auto& [name, value] : tensors.tensors) {
    pickle += text(name) + tensor(value, str(key++));
  }
  ZipWriter zip;
  zip.add("archive/data.pkl", pickle + "us.");
  zip.add("archive/byteorder", "little");
  key = 0;
  for (const auto& [name, value] : tensors.tensors) {
    zip.add(str("archive/data/", key++),
            {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()});
  }
  zip.add("archive/version", "3\n");
  return zip.finish();
}

}  // namespace tailor
