// IDX files (yann.lecun.com/exdb/mnist, "file formats"), plain or gzip.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::train {

/// An array of unsigned bytes: images [N, rows, columns] or labels [N].
struct IdxArray {
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;
};

/// Throws IoError naming the file: unreadable, damaged gzip, other element type, size that does not
/// match the header, larger than 4 GiB.
IdxArray read_idx(const std::string& path);
/// The same from the file's bytes; `name` for messages.
IdxArray parse_idx(std::string_view bytes, const std::string& name);

}  // namespace tailor::train
