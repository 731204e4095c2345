// Finding shipped device profiles: beside the program, wherever it was built or installed.
#include <algorithm>
#include <filesystem>
#include <set>

#include "core/error.h"
#include "core/registry.h"
#include "hardware_profiles/device_profile.h"

namespace tailor::hw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBelow[] = {"share/tailor/profiles", "hardware_profiles/profiles"};
constexpr const char* kExtension = ".yaml";

}  // namespace

std::vector<std::string> profile_folders() {
  std::vector<std::string> out;
  std::error_code ignored;  // an unreadable folder holds no profiles
  fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  while (!folder.empty()) {
    for (const char* below : kBelow) {
      const fs::path candidate = folder / below;
      if (fs::is_directory(candidate, ignored)) out.push_back(candidate.string());
    }
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return out;
}

std::vector<std::string> profile_names(const std::vector<std::string>& folders) {
  std::set<std::string> names;
  for (const std::string& folder : folders) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == kExtension) names.insert(entry.path().stem().string());
    }
  }
  return {names.begin(), names.end()};
}

DeviceProfile find_profile(const std::string& name, const std::vector<std::string>& folders) {
  if (name.ends_with(kExtension)) return DeviceProfile::load(name);
  const std::vector<std::string> known = profile_names(folders);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    throw UnknownNameError(
        str(unknown_name_text("device profile", name, known), "; looked in ",
            folders.empty() ? "no folder: give the path of a .yaml file" : join(folders, ", ")));
  }
  for (const std::string& folder : folders) {
    const fs::path path = fs::path(folder) / (name + kExtension);
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) return DeviceProfile::load(path.string());
  }
  throw IoError(str("device profile '", name, "' is no file in ", join(folders, ", ")));
}

}  // namespace tailor::hw
