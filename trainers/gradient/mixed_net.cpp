// Finding the graph of places.
#include "trainers/gradient/mixed_net.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::train {
namespace {

constexpr int kChecks = 32;

/// A block as people know it: "stage1.block2 [1, 16, 14, 14] -> [1, 24, 7, 7]".
std::string shapes_text(const Block& block) {
  return str(shape_text(block.inputs[0]), " -> ", shape_text(block.output()));
}

}  // namespace

MixedNet::MixedNet(const Slots& slots, std::span<const BlockPlace> places, const Workload& workload)
    : slots_(slots) {
  for (const BlockPlace& place : places) add_place(place);
  std::vector<Arch> archs;
  for (const BlockPlace& place : places) {
    for (const auto& choice : place.choices) {
      if (choice) archs.push_back(choice->arch);
    }
  }
  Rng rng(0);
  for (int i = 0; i < kChecks; ++i) {
    std::vector<size_t> options;
    for (size_t s = 0; s < slots.size(); ++s) {
      options.push_back(
          static_cast<size_t>(rng.below(static_cast<int64_t>(slots[s].options.size()))));
    }
    archs.push_back(slots.arch(options));
  }
  std::vector<NetworkSpec> specs;
  for (const Arch& arch : archs) specs.push_back(slots.space().lower(arch, workload));
  network_inputs_ = static_cast<int>(specs[0].inputs.size());
  for (const NetworkSpec& spec : specs) note_wiring(spec);
  for (const NetworkSpec& spec : specs) check_wiring(spec);
}

void MixedNet::add_place(const BlockPlace& place) {
  Place out{place.name, slots_.table(place.axes), {}, {}, {}};
  const Block* shown = nullptr;
  for (const size_t entry : out.table.entries) {
    const auto& choice = place.choices[entry];
    TAILOR_CHECK(choice, "block '", place.name, "': no network shows entry ", entry);
    const std::shared_ptr<const Block>& block = choice->block;
    if (block && shown && (block->inputs != shown->inputs || block->output() != shown->output())) {
      throw Error(str("choices of '", slots_.space().name(), "' change the shapes of block '",
                      place.name, "' (", shapes_text(*shown), " or ", shapes_text(*block),
                      "), which a search by gradient cannot mix; fix them by gradient.choices"));
    }
    if (block) shown = block.get();
    const auto found = std::find(out.alternatives.begin(), out.alternatives.end(), block);
    out.alternative_of.push_back(static_cast<size_t>(found - out.alternatives.begin()));
    if (found == out.alternatives.end()) out.alternatives.push_back(block);
  }
  TAILOR_CHECK(shown, "no network has block '", place.name, "'");
  if (out.alternatives.size() > 1 &&
      std::count(out.alternatives.begin(), out.alternatives.end(), nullptr) &&
      (shown->inputs.size() != 1 || shown->inputs[0] != shown->output())) {
    throw Error(str("block '", place.name, "' of '", slots_.space().name(),
                    "' can be left out but changes shapes, which a search by gradient cannot mix"));
  }
  places_.push_back(std::move(out));
}

size_t MixedNet::place_of(const std::string& block) const {
  for (size_t p = 0; p < places_.size(); ++p) {
    if (places_[p].name == block) return p;
  }
  throw Error(str("block '", block, "' is at no place"));
}

/// A place reads what stands last before it in any network.
void MixedNet::note_wiring(const NetworkSpec& spec) {
  std::vector<int> values;  // of the network, as values of the graph of places
  for (int i = 0; i < network_inputs_; ++i) values.push_back(i);
  for (const BlockUse& use : spec.blocks) {
    const size_t p = place_of(use.block->name);
    std::vector<int>& inputs = places_[p].inputs;
    inputs.resize(use.inputs.size(), 0);
    for (size_t i = 0; i < use.inputs.size(); ++i) {
      inputs[i] = std::max(inputs[i], values[static_cast<size_t>(use.inputs[i])]);
    }
    values.push_back(network_inputs_ + static_cast<int>(p));
  }
}

int MixedNet::resolve(int value, const std::vector<bool>& present) const {
  while (value >= network_inputs_ && !present[static_cast<size_t>(value - network_inputs_)]) {
    value = places_[static_cast<size_t>(value - network_inputs_)].inputs[0];
  }
  return value;
}

void MixedNet::check_wiring(const NetworkSpec& spec) const {
  std::vector<int> values;
  std::vector<bool> present(places_.size(), false);
  for (int i = 0; i < network_inputs_; ++i) values.push_back(i);
  for (const BlockUse& use : spec.blocks) {
    const size_t p = place_of(use.block->name);
    present[p] = true;
    values.push_back(network_inputs_ + static_cast<int>(p));
  }
  for (const BlockUse& use : spec.blocks) {
    const Place& place = places_[place_of(use.block->name)];
    bool same = place.inputs.size() == use.inputs.size();
    for (size_t i = 0; same && i < use.inputs.size(); ++i) {
      same = resolve(place.inputs[i], present) == values[static_cast<size_t>(use.inputs[i])];
    }
    if (same) continue;
    throw Error(str("choices of '", slots_.space().name(), "' change what block '", place.name,
                    "' reads, which a search by gradient cannot mix"));
  }
  if (!present.back()) {
    throw Error(str("the last block of '", slots_.space().name(), "' can be left out"));
  }
}

}  // namespace tailor::train
