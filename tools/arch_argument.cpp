// Reading net.config and the run.config beside it.
#include "tools/arch_argument.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"

namespace tailor::tools {
namespace {

constexpr int64_t kMaxText = 16 << 20;

/// 0 where there is no such file.
int64_t image_size_beside(const std::string& net_config) {
  const std::string path =
      (std::filesystem::path(net_config).parent_path() / "run.config").string();
  if (!file_exists(path)) return 0;
  const auto json = nlohmann::json::parse(read_file(path, kMaxText), nullptr, false);
  const auto size = json.is_object() ? json.find("image_size") : json.end();
  if (size == json.end() || !size->is_number_integer() || size->get<int64_t>() < 1) {
    throw ConfigError(str(path, ": has no 'image_size', an integer above 0"));
  }
  return size->get<int64_t>();
}

/// The size itself where the space has it, else its largest.
int64_t size_of_space(const SearchSpace& space, const std::string& path, int64_t size) {
  const int axis = space.axis_index("r", 0);
  if (axis < 0) return size;
  const std::vector<double>& sizes = space.axes()[static_cast<size_t>(axis)].values;
  if (std::find(sizes.begin(), sizes.end(), static_cast<double>(size)) != sizes.end()) return size;
  const auto largest = static_cast<int64_t>(sizes.back());
  if (size > 0) {
    log_warning(path, ": made for images of ", size, ", which space '", space.name(),
                "' does not have; its largest, ", largest, ", is taken");
  }
  return largest;
}

}  // namespace

Arch read_arch(const SearchSpace& space, const std::string& text) {
  if (!text.starts_with("@")) return space.parse(text);
  const std::string path = text.substr(1);
  const std::string json = read_file(path, kMaxText);
  return space.from_published_config(json, path,
                                     size_of_space(space, path, image_size_beside(path)));
}

}  // namespace tailor::tools
