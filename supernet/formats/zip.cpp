// Central directory first; local headers only for where the data begin.
#include "supernet/formats/zip.h"

#include <algorithm>

#include "core/error.h"
#include "supernet/formats/little_endian.h"

namespace tailor {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50,
                   kEnd64 = 0x06064b50;
constexpr uint64_t kIn64 = 0xffffffff;  // the value is in the zip64 field

class ZipReader {
 public:
  ZipReader(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  std::map<std::string, std::string_view> read() {
    const size_t end = find_end();
    uint64_t count = number(end + 10, 2), at = number(end + 16, 4);
    if (at == kIn64 || count == 0xffff) {
      if (end < 20) fail("its zip64 locator is missing");
      const uint64_t end64 = number(end - 20 + 8, 8);
      if (number(end64, 4) != kEnd64) fail("its zip64 record is missing");
      count = number(end64 + 32, 8);
      at = number(end64 + 48, 8);
    }
    std::map<std::string, std::string_view> out;
    for (uint64_t i = 0; i < count; ++i) at = read_entry(at, out);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(str(file_, ": zip: ", what));
  }
  std::string_view part(uint64_t at, uint64_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) fail("the file ends too early");
    return bytes_.substr(at, count);
  }
  uint64_t number(uint64_t at, size_t count) const { return read_little_endian(part(at, count)); }

  /// The end record: 22 bytes and a comment of up to 65535.
  size_t find_end() const {
    if (bytes_.size() < 22) fail("the file ends too early");
    const size_t last = bytes_.size() - 22, first = last - std::min<size_t>(last, 65535);
    for (size_t at = last + 1; at-- > first;) {
      if (number(at, 4) == kEnd) return at;
    }
    fail("it has no end record; was the file cut off?");
  }

  /// Size, compressed size and offset that do not fit into 32 bits, in this order.
  void read_extra(std::string_view extra, uint64_t& size, uint64_t& packed,
                  uint64_t& offset) const {
    const auto base = static_cast<uint64_t>(extra.data() - bytes_.data());
    for (uint64_t at = 0; at + 4 <= extra.size();) {
      const uint64_t id = number(base + at, 2), length = number(base + at + 2, 2);
      uint64_t field = base + at + 4;
      at += 4 + length;
      if (id != 1) continue;
      for (uint64_t* value : {&size, &packed, &offset}) {
        if (*value != kIn64) continue;
        *value = number(field, 8);
        field += 8;
      }
    }
  }

  uint64_t read_entry(uint64_t at, std::map<std::string, std::string_view>& out) const {
    if (number(at, 4) != kCentral) fail("its directory is damaged");
    const uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
    uint64_t packed = number(at + 20, 4), size = number(at + 24, 4), offset = number(at + 42, 4);
    const uint64_t name_length = number(at + 28, 2), extra_length = number(at + 30, 2);
    const std::string name(part(at + 46, name_length));
    read_extra(part(at + 46 + name_length, extra_length), size, packed, offset);
    if (method != 0 || (flags & 1) || packed != size) {
      fail(str("entry '", name, "' is compressed or encrypted; torch.save stores entries plainly"));
    }
    if (number(offset, 4) != kLocal) fail(str("entry '", name, "' is not where it should be"));
    const uint64_t data = offset + 30 + number(offset + 26, 2) + number(offset + 28, 2);
    if (!out.emplace(name, part(data, size)).second) fail(str("entry '", name, "' is there twice"));
    return at + 46 + name_length + extra_length + number(at + 32, 2);
  }

  const std::string_view bytes_;
  const std::string& file_;
};

}  // namespace

std::map<std::string, std::string_view> read_stored_zip(std::string_view bytes,
                                                        const std::string& file) {
  return ZipReader(bytes, file).read();
}

}  // namespace tailor
