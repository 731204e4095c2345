// The published problem: OFA-MobileNetV3 1.2, its authors' accuracy predictor and Note10 tables.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "predictors/published.h"
#include "search/problem.h"
#include "supernet/formats/pth.h"
#include "tests/support/spaces.h"

namespace tailor::test {

class Note10 {
 public:
  /// folder: holds acc_predictor.pth and note10/.
  explicit Note10(const std::string& folder)
      : space_(shipped_space("ofa_mobilenet_v3_w1.2")),
        accuracy_(
            *space_, read_weights_file(folder + "/acc_predictor.pth"),
            {.parts = {"ks", "e", "r"}, .resolutions = {112, 128, 144, 160, 176, 192, 208, 224}}),
        latency_(*space_, tables(folder)) {}

  static bool is_at(const std::string& folder) {
    return std::filesystem::exists(folder + "/acc_predictor.pth");
  }

  search::Problem problem(double limit_ms) const {
    return {.space = *space_,
            .only = restriction(),
            .objective = &accuracy_,
            .constraints = {{{"latency_ms", limit_ms, ""}, &latency_}}};
  }
  Restriction restriction() const { return space_->restrict({{"r", {160, 176, 192, 208, 224}}}); }
  const SearchSpace& space() const { return *space_; }
  const predict::PublishedAccuracy& accuracy() const { return accuracy_; }
  const predict::PublishedLatency& latency() const { return latency_; }

 private:
  static std::map<int64_t, hw::PublishedTable> tables(const std::string& folder) {
    std::map<int64_t, hw::PublishedTable> out;
    for (const int64_t r : {160, 176, 192, 208, 224}) {
      out.emplace(r, hw::PublishedTable::load(str(folder, "/note10/", r, "_lookup_table.yaml")));
    }
    return out;
  }

  std::unique_ptr<SearchSpace> space_;
  predict::PublishedAccuracy accuracy_;
  predict::PublishedLatency latency_;
};

}  // namespace tailor::test
