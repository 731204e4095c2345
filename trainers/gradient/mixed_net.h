// All networks of a search by gradient as one: at places whose block depends on choices,
// alternatives run side by side and are mixed by gates.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "supernet/torch/parameter_store.h"
#include "trainers/gradient/gates.h"
#include "trainers/gradient/slots.h"

namespace tailor::train {

/// Of one step on one batch.
struct MixedResult {
  double loss = 0;
  SlotValues gate_gradient;  ///< d loss / d gate of the draws' options; 0 where it plays no part
};

/// Immutable; any number of threads may run it.
class MixedNet {
 public:
  /// places: of `slots`' space under a training workload. slots: outlives this. Throws Error when
  /// choices change shapes (image size, width of the trunk) or wiring, which gates cannot mix.
  MixedNet(const Slots& slots, std::span<const BlockPlace> places, const Workload& workload);

  using Loss = std::function<at::Tensor(const at::Tensor& logits)>;
  /// Forward and backward with batch statistics. draws: one a slot. Only paths that take part are
  /// run; one whose gate is 0 runs without autograd, since nothing but its result is needed:
  /// d loss / d gate = sum over elements of (result * d loss / d mixture). recompute: that result
  /// is not kept but computed again when the gradient arrives. Weights get no gradients, the store
  /// does not change.
  /// Source: ProxylessNAS (Cai et al., ICLR 2019), section 3.2; proxylessnas,
  /// search/modules/mix_op.py.
  MixedResult run(const supernet::ParameterStore& store, const at::Tensor& images,
                  std::span<const GateDraw> draws, bool recompute, const Loss& loss) const;

 private:
  struct Place {
    std::string name;
    SlotTable table;
    std::vector<std::shared_ptr<const Block>> alternatives;  // null: passes its input on
    std::vector<size_t> alternative_of;                      // [combination]
    std::vector<int> inputs;                                 // values: network inputs, then places
  };
  class Run;
  void add_place(const BlockPlace& place);
  void note_wiring(const NetworkSpec& spec);
  void check_wiring(const NetworkSpec& spec) const;
  int resolve(int value, const std::vector<bool>& present) const;
  size_t place_of(const std::string& block) const;

  const Slots& slots_;
  std::vector<Place> places_;
  int network_inputs_ = 1;
};

}  // namespace tailor::train
