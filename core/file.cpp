// Whole-file reading and atomic writing with POSIX calls, each of them checked.
#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "core/write_error.h"

namespace tailor {

namespace {

[[noreturn]] void fail_to_read(const std::string& path, std::string_view action, int error) {
  throw IoError(str(path, ": cannot ", action, ": ", std::generic_category().message(error)));
}

/// An open file that closes itself; `close` tells the error that a destructor cannot.
class File {
 public:
  File(const std::string& path, int flags, std::string_view action) : path_(path) {
    do {
      handle_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
    } while (handle_ < 0 && errno == EINTR);
    if (handle_ < 0) {
      (flags & O_WRONLY) != 0 ? throw_write_error(path, action, errno)
                              : fail_to_read(path, action, errno);
    }
  }
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  size_t read(char* to, size_t count) const {
    while (true) {
      const ssize_t got = ::read(handle_, to, count);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) fail_to_read(path_, "read", errno);
    }
  }

  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t put = ::write(handle_, bytes.data(), bytes.size());
      if (put > 0) bytes.remove_prefix(static_cast<size_t>(put));
      if (put == 0) throw_write_error(path_, "write", ENOSPC);
      if (put < 0 && errno != EINTR) throw_write_error(path_, "write", errno);
    }
  }

  /// EINVAL: a file system that cannot sync this kind of file; nothing is lost by going on.
  void sync() const {
    if (::fsync(handle_) != 0 && errno != EINVAL) throw_write_error(path_, "write", errno);
  }

  void close() {
    const int handle = handle_;
    handle_ = -1;
    if (::close(handle) != 0 && errno != EINTR) throw_write_error(path_, "write", errno);
  }

  struct stat status() const {
    struct stat info = {};
    if (::fstat(handle_, &info) != 0) fail_to_read(path_, "read", errno);
    return info;
  }

 private:
  std::string path_;
  int handle_ = -1;
};

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

void make_folder_of(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(folder_of(path), error);
  if (error) throw_write_error(folder_of(path), "make the folder", error.value());
}

/// After the old file was linked away or not, puts the new one in its place, crash safe.
template <class BeforeRename>
void replace_file(const std::string& path, std::string_view bytes, BeforeRename before_rename) {
  make_folder_of(path);
  const std::string temporary = path + ".tmp";
  try {
    File file(temporary, O_WRONLY | O_CREAT | O_TRUNC, "write");
    file.write(bytes);
    file.sync();
    file.close();
    before_rename();
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_write_error(path, "write", errno);
  } catch (const IoError&) {
    ::unlink(temporary.c_str());
    throw;
  }
  File(folder_of(path), O_RDONLY | O_DIRECTORY, "open").sync();
}

}  // namespace

std::string read_file(const std::string& path, int64_t limit_bytes) {
  const File file(path, O_RDONLY, "open");
  const auto info = file.status();
  if (S_ISDIR(info.st_mode)) throw IoError(path + ": is a folder, not a file");
  const auto check_size = [&](size_t size) {
    if (size > static_cast<size_t>(limit_bytes)) {
      throw IoError(str(path, ": is larger than the limit of ", limit_bytes, " bytes"));
    }
  };
  const size_t size = static_cast<size_t>(std::max<int64_t>(0, info.st_size));
  check_size(size);
  std::string bytes(size + 1, '\0');  // one more than needed, so that one read sees the end
  size_t used = 0;
  while (const size_t got = file.read(bytes.data() + used, bytes.size() - used)) {
    used += got;
    check_size(used);
    if (used == bytes.size()) bytes.resize(bytes.size() * 2 + 4096);
  }
  bytes.resize(used);
  return bytes;
}

void write_file(const std::string& path, std::string_view bytes) {
  replace_file(path, bytes, [] {});
}

void write_file_keep_previous(const std::string& path, std::string_view bytes) {
  replace_file(path, bytes, [&] {
    // A hard link, not a rename: `path` is there at every moment.
    const std::string previous = path + ".prev";
    if (!file_exists(path)) return;
    if (::unlink(previous.c_str()) != 0 && errno != ENOENT)
      throw_write_error(previous, "replace", errno);
    if (::link(path.c_str(), previous.c_str()) == 0) return;
    // Some file systems have no links.
    if (::rename(path.c_str(), previous.c_str()) != 0) throw_write_error(previous, "write", errno);
  });
}

void append_line(const std::string& path, std::string_view line) {
  make_folder_of(path);
  File file(path, O_WRONLY | O_CREAT | O_APPEND, "write");
  file.write(str(line, "\n"));
  file.close();
}

bool file_exists(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0;
}

}  // namespace tailor
