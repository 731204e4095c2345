// BN recalibration and validation of many subnets with shared decoded images.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "supernet/torch/graph_net.h"
#include "trainers/data/dataset.h"

namespace tailor::train {

struct EvaluatorOptions {
  int64_t recalibration_images = 2000;  ///< training images that re-estimate batch norm statistics
  int64_t recalibration_batch = 200;
  int64_t images = 0;  ///< images scored; 0 for the whole split
  int64_t batch = 250;

  static EvaluatorOptions read(const ConfigNode& cfg);
};

/// accuracy: fraction in [0, 1]; loss: mean cross entropy without smoothing.
struct SubnetScore {
  double accuracy = 0;
  double loss = 0;
};

/// Scores depend on the weights, the options and the split only, not on threads or order.
class SubnetEvaluator {
 public:
  /// The store must not change while this lives.
  SubnetEvaluator(const SearchSpace& space, const Dataset& data,
                  const supernet::ParameterStore& store, const EvaluatorOptions& options);

  /// Recalibrated on training images without augmentation (a fixed choice), then scored.
  SubnetScore evaluate(const Arch& arch, Split split);
  /// Same scores as one by one. Equal beginnings of networks are computed once, an arch given twice
  /// is evaluated once; groups of subnets run side by side, one thread each. `done(i, score)` is
  /// called for whole groups in order of completion, by one thread at a time. Throws Interrupted
  /// when the user asks to stop before all are scored.
  void evaluate_all(std::span<const Arch> archs, Split split, int64_t threads,
                    const std::function<void(size_t, const SubnetScore&)>& done);
  /// A bound network with its own recalibrated statistics.
  supernet::GraphNet recalibrated(const Arch& arch);
  /// Scores any bound network (e.g. an extracted one) on a split.
  SubnetScore score(supernet::GraphNet& net, Split split);

 private:
  /// Different subnets of one input shape, and who asked for each: positions in a list of archs.
  struct Group {
    std::vector<NetworkSpec> specs;  // of pieces
    std::vector<std::vector<size_t>> asked;
  };
  /// One group for each input shape.
  std::vector<Group> by_input(std::span<const Arch> archs) const;
  /// What to run as one: neighbours in the tree of all, at one resolution.
  std::vector<Group> groups(std::span<const Arch> archs, int64_t threads) const;
  /// Fills in `scores`; false when interrupted.
  bool evaluate_group(const Group& group, Split split, std::vector<SubnetScore>& scores);
  const std::vector<Batch>& batches(Split split, int64_t resolution);
  const std::vector<Batch>& recalibration_batches(int64_t resolution);
  std::vector<Batch> load(Split split, const std::vector<int64_t>& indices, int64_t batch,
                          int64_t resolution) const;

  const SearchSpace& space_;
  const Dataset& data_;
  const supernet::ParameterStore& store_;
  const EvaluatorOptions options_;
  std::mutex mutex_;
  std::map<std::pair<int, int64_t>, std::vector<Batch>> cache_;  // (split, resolution); -1: recal.
};

}  // namespace tailor::train
