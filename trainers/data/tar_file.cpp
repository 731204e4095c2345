// Walking the headers of a tar archive; every size is checked before it is used.
#include "trainers/data/tar_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "core/error.h"

namespace tailor::train {
namespace {

constexpr int64_t kBlock = 512;
constexpr int64_t kLongestName = 1 << 16;

class Walker {
 public:
  Walker(const ReadBytes& read, int64_t total, const std::string& name)
      : read_(read), total_(total), name_(name) {}

  std::vector<TarMember> walk() {
    bool more = true;
    while (more && at_ + kBlock <= total_) more = step();
    if (more && at_ < total_) fail("it was cut off");
    return std::move(members_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(str(name_, ": not a tar archive, or damaged: ", what, " at byte ", at_));
  }

  std::string_view field(size_t from, size_t length) const {
    const std::string_view raw = std::string_view(header_).substr(from, length);
    return raw.substr(0, raw.find('\0'));
  }

  int64_t number(size_t from, size_t length) const {
    const auto first = static_cast<uint8_t>(header_[from]);
    int64_t value = 0;
    if (first & 0x80) {  // base 256
      for (size_t i = 0; i < length; ++i) {
        const int64_t digit = static_cast<uint8_t>(header_[from + i]) & (i == 0 ? 0x7f : 0xff);
        if (value >> 54) fail("a size beyond all files");
        value = value << 8 | digit;
      }
      return value;
    }
    std::string_view text = field(from, length);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (!text.empty() && (error != std::errc() || end != text.data() + text.size() || value < 0)) {
      fail("a number that is none");
    }
    return value;
  }

  void check_sum() const {
    int64_t sum = 0;
    for (size_t i = 0; i < header_.size(); ++i) {
      sum += i >= 148 && i < 156 ? ' ' : static_cast<uint8_t>(header_[i]);
    }
    if (sum != number(148, 8)) fail("wrong checksum of a header");
  }

  std::string header_name() const {
    const std::string_view prefix = field(257, 5) == "ustar" ? field(345, 155) : "";
    const std::string base(field(0, 100));
    return prefix.empty() || header_[262] == ' ' ? base : str(prefix, "/", base);
  }

  /// Records "LENGTH KEY=VALUE\n" of a pax header.
  void read_pax(std::string_view text) {
    while (!text.empty()) {
      size_t length = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
      const auto digits = static_cast<size_t>(end - text.data());
      if (error != std::errc() || length <= digits + 1 || length > text.size()) {
        fail("a pax record that is none");
      }
      std::string_view record = text.substr(digits + 1, length - digits - 2);
      if (record.starts_with("path=")) long_name_ = record.substr(5);
      if (record.starts_with("size=")) {
        record.remove_prefix(5);
        const auto [stop, bad] =
            std::from_chars(record.data(), record.data() + record.size(), pax_size_);
        if (bad != std::errc() || stop != record.data() + record.size() || pax_size_ < 0) {
          fail("a pax size that is none");
        }
      }
      text.remove_prefix(length);
    }
  }

  /// False at the end mark.
  bool step() {
    header_ = read_(at_, kBlock);
    if (header_.find_first_not_of('\0') == std::string::npos) return false;
    check_sum();
    const char type = header_[156];
    const bool is_note = type == 'L' || type == 'x' || type == 'g' || type == 'K';
    const int64_t size = pax_size_ >= 0 && !is_note ? pax_size_ : number(124, 12);
    const int64_t offset = at_ + kBlock;
    if (size > total_ - offset) fail(str("a member of ", size, " bytes that runs past the end"));
    if (type == 'L' || type == 'x') {
      if (size > kLongestName) fail("a name longer than 64 KiB");
      const std::string text = read_(offset, size);
      if (type == 'x') read_pax(text);
      if (type == 'L') long_name_ = text.substr(0, text.find('\0'));
    } else if (!is_note) {
      if (type == '0' || type == '\0') {
        members_.push_back({long_name_.empty() ? header_name() : long_name_, offset, size});
      }
      long_name_.clear();
      pax_size_ = -1;
    }
    at_ = offset + (size + kBlock - 1) / kBlock * kBlock;
    return true;
  }

  const ReadBytes& read_;
  const int64_t total_;
  const std::string& name_;
  int64_t at_ = 0, pax_size_ = -1;
  std::string header_, long_name_;
  std::vector<TarMember> members_;
};

}  // namespace

std::vector<TarMember> index_tar(const ReadBytes& read, int64_t total, const std::string& name) {
  return Walker(read, total, name).walk();
}

RandomAccessFile::RandomAccessFile(std::string path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
    const std::string why = fd_ < 0 ? std::strerror(errno) : "not a file";
    if (fd_ >= 0) ::close(fd_);
    throw IoError(str(path_, ": cannot be opened: ", why));
  }
  size_ = info.st_size;
}

RandomAccessFile::~RandomAccessFile() { ::close(fd_); }

std::string RandomAccessFile::read(int64_t offset, int64_t size) const {
  std::string out(static_cast<size_t>(size), '\0');
  int64_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd_, out.data() + done, static_cast<size_t>(size - done),
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const std::string why = got < 0 ? std::strerror(errno) : "the file ends early";
      throw IoError(str(path_, ": cannot be read at byte ", offset + done, ": ", why));
    }
    done += got;
  }
  return out;
}

}  // namespace tailor::train
