// Tar archives read in place: members are indexed once, then read by position.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tailor::train {

/// A regular file in the archive.
struct TarMember {
  std::string name;
  int64_t offset = 0, size = 0;
};

/// Bytes [offset, offset + size) of an archive.
using ReadBytes = std::function<std::string(int64_t offset, int64_t size)>;

/// The regular files, in order. Reads ustar, GNU (long names, base-256 sizes) and pax paths and
/// sizes; links, folders and the rest are passed over.
/// Throws IoError naming `name` and the position: bad checksum or number, a member beyond the end.
/// Source: POSIX.1-2017, pax "ustar interchange format"; GNU tar manual, "Basic Tar Format".
std::vector<TarMember> index_tar(const ReadBytes& read, int64_t total, const std::string& name);

/// An open file read by position from any thread.
class RandomAccessFile {
 public:
  /// Throws IoError: cannot be opened.
  explicit RandomAccessFile(std::string path);
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;
  ~RandomAccessFile();
  int64_t size() const { return size_; }
  const std::string& path() const { return path_; }
  /// Throws IoError: read error, or less than `size` bytes there.
  std::string read(int64_t offset, int64_t size) const;

 private:
  std::string path_;
  int fd_ = -1;
  int64_t size_ = 0;
};

}  // namespace tailor::train
