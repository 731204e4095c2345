#include "tools/report/report_data.h"

#include <filesystem>

#include "core/str.h"
#include "tools/report/run_files.h"

namespace tailor::report {
namespace {

struct Source {
  const char* file;
  void (*read)(const std::string& path, ReportData& data);
};

// In reading order: predictions hold the accuracies too and replace them; finalists are better than
// the search's own best.
constexpr Source kSources[] = {
    {"config.yaml", read_config},
    {"env.yaml", read_environment},
    {"stages.yaml", read_stages},
    {"train/history.csv", read_history},
    {"gradient/architecture.csv", read_slots},
    {"evaluate/accuracy.csv", read_subnets},
    {"fit/predictions.csv", read_subnets},
    {"fit/quality.yaml", read_quality},
    {"profile/lut.yaml", read_latency_table},
    {"search/result.yaml", read_search_result},
    {"search/front.csv", read_front},
    {"search/measured.csv", read_measured},
    {"search/history.csv", read_search_history},
    {"finalists.csv", read_finalists},
};

}  // namespace

ReportData load_report_data(const std::string& run_folder) {
  ReportData data;
  for (const Source& source : kSources) {
    const std::string path = str(run_folder, "/", source.file);
    if (file_exists(path)) source.read(path, data);
  }
  if (data.title.empty()) {
    const std::filesystem::path folder(run_folder);
    data.title = str("tailor: ",
                     (folder.has_filename() ? folder : folder.parent_path()).filename().string());
  }
  return data;
}

std::string key_summary(const std::string& key) {
  // Parts as "[1, 16, 14, 14]"; the first after " in" is the input, those after " w" are weights.
  const auto shape_after = [&](size_t at) {
    std::vector<std::string> sides;
    const size_t close = key.find(']', at);
    if (close == std::string::npos) return sides;
    for (const std::string& side : split(key.substr(at, close - at), ',')) {
      sides.emplace_back(trim(side));
    }
    return sides;
  };
  std::string channels, kernels, size;
  const size_t input = key.find(" in[");
  if (input != std::string::npos) {
    const std::vector<std::string> shape = shape_after(input + 4);
    if (shape.size() > 1) channels = shape[1];
    if (shape.size() == 4) size = str(", ", shape[2], "×", shape[3]);
  }
  for (size_t at = 0; (at = key.find(" w[", at)) != std::string::npos; ++at) {
    const std::vector<std::string> shape = shape_after(at + 3);
    if (shape.size() != 2 && shape.size() != 4) continue;
    const bool depthwise = shape.size() == 4 && shape[1] == "1" && shape[0] != "1";
    if (shape.size() == 4 && shape[2] != "1") kernels += str(", ", shape[2], "×", shape[3]);
    if (!depthwise) channels += str(channels.empty() ? "" : "→", shape[0]);
  }
  return channels.empty() ? key.substr(0, 60) : channels + kernels + size;
}

}  // namespace tailor::report
