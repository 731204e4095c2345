// Folders and tar archives of pictures.
#include "trainers/data/image_source.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/error.h"
#include "core/file.h"
#include "trainers/data/decode_image.h"
#include "trainers/data/tar_file.h"

namespace tailor::train {

namespace fs = std::filesystem;

ImageSize ImageSource::measure(std::string_view bytes, const std::string& name) const {
  return image_size(bytes, name);
}

Image ImageSource::decode(std::string_view bytes, const std::string& name,
                          double least_scale) const {
  return decode_image(bytes, name, least_scale);
}

namespace {

constexpr int64_t kMostFileBytes = int64_t{1} << 28;

/// A picture's file: where it lies in the folder or archive.
struct Entry {
  std::string split, class_name, file;
  int64_t offset = 0, size = 0;
};

bool is_picture(const std::string& file) {
  std::string ending = fs::path(file).extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

class EntrySource : public ImageSource {
 public:
  EntrySource(std::string path, std::vector<Entry> entries)
      : path_(std::move(path)), entries_(std::move(entries)) {
    if (entries_.empty()) {
      throw IoError(path_ + ": holds no pictures; expected CLASS/FILE with .jpg, .jpeg or .png");
    }
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.class_name, a.file) < std::tie(b.class_name, b.file);
    });
    for (const Entry& e : entries_) {
      if (classes_.empty() || classes_.back() != e.class_name) classes_.push_back(e.class_name);
      labels_.push_back(static_cast<int64_t>(classes_.size()) - 1);
    }
  }

  int64_t size() const override { return static_cast<int64_t>(entries_.size()); }
  int64_t label(int64_t i) const override { return labels_[static_cast<size_t>(i)]; }
  const std::vector<std::string>& class_names() const override { return classes_; }
  std::string name(int64_t i) const override {
    const Entry& e = entry(i);
    return str(path_, "/", e.split, e.split.empty() ? "" : "/", e.class_name, "/", e.file);
  }
  std::string fingerprint() const override {
    uint64_t hash = fnv1a("images");
    for (const Entry& e : entries_) {
      hash = fnv1a(str(e.class_name, "/", e.file, ":", e.size, "\n"), hash);
    }
    return hex(hash);
  }

 protected:
  const Entry& entry(int64_t i) const { return entries_.at(static_cast<size_t>(i)); }

 private:
  const std::string path_;
  std::vector<Entry> entries_;
  std::vector<std::string> classes_;
  std::vector<int64_t> labels_;
};

class FolderSource : public EntrySource {
 public:
  using EntrySource::EntrySource;
  std::string encoded(int64_t i) const override { return read_file(name(i), kMostFileBytes); }
};

class TarSource : public EntrySource {
 public:
  TarSource(std::unique_ptr<RandomAccessFile> file, std::vector<Entry> entries)
      : EntrySource(file->path(), std::move(entries)), file_(std::move(file)) {}
  std::string encoded(int64_t i) const override {
    const Entry& e = entry(i);
    if (e.size > kMostFileBytes) throw IoError(name(i) + ": larger than 256 MiB");
    return file_->read(e.offset, e.size);
  }

 private:
  std::unique_ptr<RandomAccessFile> file_;
};

std::vector<Entry> list_folder(const std::string& path) {
  std::vector<Entry> out;
  try {
    for (const fs::directory_entry& folder : fs::directory_iterator(path)) {
      if (!folder.is_directory()) continue;
      for (const fs::directory_entry& file : fs::directory_iterator(folder.path())) {
        const std::string name = file.path().filename().string();
        if (!is_picture(name) || !file.is_regular_file()) continue;
        out.push_back({"", folder.path().filename().string(), name, 0,
                       static_cast<int64_t>(file.file_size())});
      }
    }
  } catch (const fs::filesystem_error& e) {
    throw IoError(str(path, ": cannot be read: ", e.code().message()));
  }
  return out;
}

/// The path's last three parts as split, class and file.
Entry entry_of(const TarMember& member) {
  const fs::path path(member.name);
  const fs::path folder = path.parent_path();
  return {folder.parent_path().filename().string(), folder.filename().string(),
          path.filename().string(), member.offset, member.size};
}

}  // namespace

std::unique_ptr<ImageSource> open_images(const std::string& path,
                                         const std::vector<std::string>& within) {
  if (fs::is_directory(path)) return std::make_unique<FolderSource>(path, list_folder(path));
  auto file = std::make_unique<RandomAccessFile>(path);
  const auto members = index_tar(
      [&](int64_t offset, int64_t size) { return file->read(offset, size); }, file->size(), path);
  std::vector<Entry> entries;
  for (const TarMember& member : members) {
    Entry e = entry_of(member);
    if (e.class_name.empty() || !is_picture(e.file)) continue;
    if (!within.empty() && std::find(within.begin(), within.end(), e.split) == within.end()) {
      continue;
    }
    entries.push_back(std::move(e));
  }
  return std::make_unique<TarSource>(std::move(file), std::move(entries));
}

}  // namespace tailor::train
