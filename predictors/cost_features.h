// What decides how long a network runs: the work of every block and of the whole, and every choice.
// Works on any space, from its axes and the networks it lowers to.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "supernet/space/search_space.h"

namespace tailor::predict {

/// Three parts:
/// - totals: the network's kinds of work, each as a part of the largest arch's;
/// - blocks: the same of each block of the network, by the block's name;
/// - choices: the space's one-hot encoding.
class CostFeatures {
 public:
  /// Multiply-accumulates of dense and of depthwise operations; elements read and written; elements
  /// of weights; nodes (what a GPU launches); blocks; elements written by grouped convolutions.
  static constexpr size_t kKinds = 7;
  using Work = std::array<double, kKinds>;

  /// space: must outlive this.
  explicit CostFeatures(const SearchSpace& space);

  size_t size() const { return choices_begin() + space_.encoding_size(); }
  size_t choices_begin() const { return kKinds * (1 + blocks_.size()); }
  /// Throws Error when `out` has another size or the arch is of another space.
  void fill(const Arch& arch, std::span<double> out) const;

 private:
  const SearchSpace& space_;
  std::map<std::string, size_t> blocks_;  ///< name -> number
  Work unit_{};                           ///< of the largest arch
};

/// The work of one block.
CostFeatures::Work block_work(const Block& block);

}  // namespace tailor::predict
