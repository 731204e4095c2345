// What Once-for-All's authors published to search with: accuracy predictor, latency tables.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor_file.h"
#include "hardware_profiles/published_table.h"
#include "predictors/block_sum.h"
#include "predictors/estimator.h"
#include "predictors/relu_network.h"
#include "supernet/space/search_space.h"

namespace tailor::predict {

/// How the published predictors see an arch: one-hot groups, all zero where a slot does not matter.
struct PublishedEncoding {
  /// "ks", "e", "w": every slot of an axis group; "r": the image size among `resolutions`; "stem":
  /// the two choices of d[0] (OFA-ResNet50D).
  std::vector<std::string> parts;
  std::vector<int64_t> resolutions;
};

/// The network 3 x [Linear 400, ReLU], Linear 1 of a published file, either form: keys "0.weight"
/// (with a bias at the end) or "layers.0.0.weight" (with "base_acc"). float32.
/// Sources: once-for-all, ofa/tutorial/accuracy_predictor.py, ofa/nas/accuracy_predictor.
class PublishedAccuracy : public Estimator {
 public:
  /// space: must outlive this. Throws IoError when the file is neither form or its inputs are not
  /// as many as the encoding's.
  PublishedAccuracy(const SearchSpace& space, const TensorFile& file, PublishedEncoding encoding);

  std::string metric() const override { return "accuracy"; }
  /// Throws Error for an image size that the predictor does not know.
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  const ReluNetwork& network() const { return *network_; }

 private:
  /// Inputs by axis and choice; counts them.
  std::vector<std::vector<int>> columns_of_parts(int& inputs) const;
  void check_size(const Arch& arch) const;

  const SearchSpace& space_;
  const PublishedEncoding encoding_;
  std::optional<ReluNetwork> network_;
};

/// Latency from published tables, one for each image size.
class PublishedLatency : public Estimator {
 public:
  /// space: must outlive this.
  PublishedLatency(const SearchSpace& space, std::map<int64_t, hw::PublishedTable> tables);

  std::string metric() const override { return "latency_ms"; }
  /// Throws Error for an image size without a table.
  void estimate(std::span<const Arch> archs, std::span<Estimate> out) const override;
  std::optional<FactorSum> factor_sum(const Restriction* only) const override;

 private:
  const hw::PublishedTable& table_of(int64_t size) const;
  Restriction tabled(const Restriction* only) const;

  const SearchSpace& space_;
  const std::map<int64_t, hw::PublishedTable> tables_;
  WhenItPays<FactorSum> sum_;
};

}  // namespace tailor::predict
