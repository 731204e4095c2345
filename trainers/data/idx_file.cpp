// Reading IDX files; every size is checked before it is used.
#include "trainers/data/idx_file.h"

#include <zlib.h>

#include <algorithm>

#include "core/error.h"
#include "core/file.h"

namespace tailor::train {
namespace {

constexpr int64_t kMostBytes = int64_t{1} << 32;

std::string gunzip(std::string_view packed, const std::string& name) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw IoError(name + ": zlib cannot start");
  std::string out;
  std::vector<char> chunk(1 << 18);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  size_t left = packed.size();
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::min<size_t>(left, 1u << 30));
      left -= stream.avail_in;
    }
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (static_cast<int64_t>(out.size()) > kMostBytes) break;
  }
  inflateEnd(&stream);
  if (static_cast<int64_t>(out.size()) > kMostBytes) {
    throw IoError(name + ": unpacks to more than 4 GiB");
  }
  if (status != Z_STREAM_END) {
    throw IoError(
        str(name, ": damaged or truncated gzip data after ", out.size(), " unpacked bytes"));
  }
  return out;
}

}  // namespace

IdxArray parse_idx(std::string_view bytes, const std::string& name) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() < 4 || byte(0) != 0 || byte(1) != 0) {
    throw IoError(name + ": not an IDX file (must begin with two zero bytes)");
  }
  if (byte(2) != 0x08) {
    throw IoError(
        str(name, ": element type ", static_cast<int>(byte(2)), " is not 8 (unsigned byte)"));
  }
  const size_t rank = byte(3);
  const size_t header = 4 + 4 * rank;
  if (rank < 1 || rank > 4 || bytes.size() < header) {
    throw IoError(str(name, ": header of ", rank, " dimensions is truncated or not 1 to 4"));
  }
  IdxArray out;
  int64_t elements = 1;
  for (size_t d = 0; d < rank; ++d) {
    const size_t at = 4 + 4 * d;
    const int64_t size =
        (int64_t{byte(at)} << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3);
    out.shape.push_back(size);
    if (size < 1 || elements > kMostBytes / size) {
      throw IoError(str(name, ": dimension ", d, " of ", size, " cannot be"));
    }
    elements *= size;
  }
  if (static_cast<int64_t>(bytes.size() - header) != elements) {
    throw IoError(
        str(name, ": holds ", bytes.size() - header, " elements, its header says ", elements));
  }
  out.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(header), bytes.end());
  return out;
}

IdxArray read_idx(const std::string& path) {
  const std::string raw = read_file(path, kMostBytes);
  const bool packed = raw.size() > 2 && static_cast<uint8_t>(raw[0]) == 0x1f &&
                      static_cast<uint8_t>(raw[1]) == 0x8b;
  return packed ? parse_idx(gunzip(raw, path), path) : parse_idx(raw, path);
}

}  // namespace tailor::train
