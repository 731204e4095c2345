// Weights of a Hugging Face folder, left on disk: model.safetensors, or several files that
// model.safetensors.index.json names.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/tensor_reader.h"
#include "supernet/formats/published_weights.h"

namespace tailor {

/// The file of all weights, or the one that lists several.
inline constexpr const char* kWholeWeights = "model.safetensors";
inline constexpr const char* kWeightsIndex = "model.safetensors.index.json";

class WeightsFolder {
 public:
  /// Opens the files and reads their headers. Throws IoError naming the file and key: no weights, a
  /// file that is missing or cut off, a tensor that is in two files or not where the index says.
  explicit WeightsFolder(const std::string& folder);

  /// Throws IoError naming file and key for the first of the wanted tensors (their published names)
  /// that is missing or of another shape, and for a tensor that nothing wants but those for which
  /// `leave_out` holds.
  void check(std::span<const WantedTensor> wanted,
             const std::function<bool(const std::string&)>& leave_out) const;
  /// One tensor as float32, row-major. Throws IoError.
  void read(const std::string& tensor, std::span<float> out) const;

 private:
  void open(const std::string& file);
  void open_shards(const std::string& index);
  const TensorReader& reader(const std::string& tensor) const;

  std::string folder_, listing_;  ///< the file that says what there is
  std::vector<TensorReader> files_;
  std::map<std::string, size_t> places_;  ///< tensor -> file
};

}  // namespace tailor
