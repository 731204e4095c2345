// Many networks run as one: what they begin with in common is computed once.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "supernet/torch/graph_net.h"
#include "trainers/prefix_tree.h"

namespace tailor::train {

/// Networks bound to one store. Outputs and recalibrated statistics are those of each network run
/// alone, bit for bit: equal beginnings see equal inputs. Of a batch, only the values on the way
/// from the input to one node are kept. One thread at a time.
class SharedNets {
 public:
  /// networks: all with one input of the same shape, as lists of pieces from one PieceCutter (or of
  /// other shared blocks). The store must outlive this.
  SharedNets(std::span<const NetworkSpec> networks, const supernet::ParameterStore& store);

  /// Adds a batch to every network's statistics, as RunMode::recalibrate does.
  void recalibrate(const at::Tensor& images);
  /// Runs all networks in eval mode; `done(network, logits)` once for each, in tree order.
  void evaluate(const at::Tensor& images,
                const std::function<void(size_t, const at::Tensor&)>& done);

 private:
  using Values = std::vector<at::Tensor>;  // by number of the network value
  struct Walk {
    supernet::RunMode mode;
    const std::function<void(size_t, const at::Tensor&)>* done;
  };
  void start(const at::Tensor& images, const Walk& walk);
  void visit(size_t n, Values values, const Walk& walk);
  void descend(const std::vector<size_t>& children, Values values, const Walk& walk);

  PrefixTree tree_;
  std::vector<supernet::GraphNet> nets_;  // one a node
  std::vector<bool> normalises_;          // has the subtree a batch norm?
};

}  // namespace tailor::train
