// Where labelled pictures come from: a folder, a tar archive, CIFAR's binary files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trainers/data/image.h"

namespace tailor::train {

/// Encoded pictures by number. Thread-safe.
class ImageSource {
 public:
  virtual ~ImageSource() = default;
  virtual int64_t size() const = 0;
  /// Index into class_names().
  virtual int64_t label(int64_t i) const = 0;
  virtual const std::vector<std::string>& class_names() const = 0;
  /// Names the picture in messages.
  virtual std::string name(int64_t i) const = 0;
  /// Its bytes as they are stored. Throws IoError.
  virtual std::string encoded(int64_t i) const = 0;
  /// See decode_image.h. Throws IoError.
  virtual ImageSize measure(std::string_view bytes, const std::string& name) const;
  virtual Image decode(std::string_view bytes, const std::string& name, double least_scale) const;
  /// Text that changes when the pictures do.
  virtual std::string fingerprint() const = 0;
};

/// `path`: a folder CLASS/FILE, or a .tar whose members end in CLASS/FILE; FILE is .jpg, .jpeg or
/// .png. `within`: of a tar, only members SPLIT/CLASS/FILE with SPLIT among them (empty: all).
/// Classes are sorted by name. The fingerprint covers names and sizes of files.
/// Throws IoError: cannot be read, or holds no picture.
std::unique_ptr<ImageSource> open_images(const std::string& path,
                                         const std::vector<std::string>& within = {});

/// CIFAR-10 binary batches: `paths` of files with records of one label and 3 x 32 x 32 bytes.
/// Source: cs.toronto.edu/~kriz/cifar.html, "Binary version".
/// Throws IoError: size is no multiple of 3073, a label above 9.
std::unique_ptr<ImageSource> open_cifar_batches(const std::vector<std::string>& paths);
const std::vector<std::string>& cifar10_class_names();

}  // namespace tailor::train
