// Finding every distinct block of a space.
#include "supernet/space/block_enumeration.h"

#include <map>
#include <set>
#include <string>

#include "core/error.h"

namespace tailor {
namespace {

constexpr int kProbes = 6;  // archs around which dependencies are looked for

struct Found {
  std::set<size_t> axes;      // axes that change the block or take it out
  std::vector<Arch> holders;  // archs around which the product is walked
};

int find_block(const NetworkSpec& spec, const std::string& name) {
  for (size_t b = 0; b < spec.blocks.size(); ++b) {
    if (spec.blocks[b].block->name == name) return static_cast<int>(b);
  }
  return -1;
}

class Enumeration {
 public:
  Enumeration(const SearchSpace& space, const Workload& workload, const Restriction* only)
      : space_(space), workload_(workload), only_(only) {}

  std::vector<BlockSite> run() {
    Rng rng(0);
    std::vector<Arch> probes;
    for (int i = 0; i < kProbes; ++i) probes.push_back(space_.sample(rng, only_));
    for (const Arch& arch : space_.covering()) {
      if (!only_ || space_.allows(*only_, arch)) probes.push_back(arch);
    }
    for (const Arch& arch : probes) find_dependencies(arch);
    for (const auto& [name, found] : found_) walk(name, found);
    return std::move(sites_);
  }

 private:
  bool open(size_t axis, size_t choice) const { return !only_ || only_->allowed[axis][choice]; }

  /// `arch` with one choice changed. Slots that come to matter by it take their first open choice.
  Arch with_choice(const Arch& arch, size_t axis, size_t choice) const {
    std::vector<int8_t> choices(arch.choices().begin(), arch.choices().end());
    for (size_t i = 0; i < choices.size(); ++i) {
      if (choices[i] != Arch::kInactive) continue;
      size_t first = 0;
      while (first + 1 < space_.axes()[i].values.size() && !open(i, first)) ++first;
      choices[i] = static_cast<int8_t>(first);
    }
    choices[axis] = static_cast<int8_t>(choice);
    return space_.arch(choices);
  }

  void find_dependencies(const Arch& arch) {
    const NetworkSpec spec = space_.lower(arch, workload_);
    note(arch, spec);
    for (size_t axis = 0; axis < space_.axes().size(); ++axis) {
      if (!arch.active(axis)) continue;
      for (size_t c = 0; c < space_.axes()[axis].values.size(); ++c) {
        if (!open(axis, c)) continue;
        const Arch other = with_choice(arch, axis, c);
        if (other != arch) compare(spec, axis, other);
      }
    }
  }

  /// Notes which blocks differ between a network and the one with `axis` changed.
  void compare(const NetworkSpec& spec, size_t axis, const Arch& other) {
    const NetworkSpec changed = space_.lower(other, workload_);
    note(other, changed);
    for (const BlockUse& use : spec.blocks) {
      const int there = find_block(changed, use.block->name);
      if (there >= 0 && changed.blocks[static_cast<size_t>(there)].block->key != use.block->key) {
        found_[use.block->name].axes.insert(axis);
      }
    }
  }

  void note(const Arch& arch, const NetworkSpec& spec) {
    for (size_t b = 0; b < spec.blocks.size(); ++b) {
      const std::shared_ptr<const Block>& block = spec.blocks[b].block;
      Found& found = found_[block->name];
      if (found.holders.size() < 2) found.holders.push_back(arch);
      if (seen_.insert(block->key).second) sites_.push_back({block, arch, b});
    }
  }

  void walk(const std::string& name, const Found& found) {
    for (const Arch& holder : found.holders) {
      std::vector<Arch> archs = {holder};
      for (size_t axis : found.axes) {
        std::vector<Arch> grown;
        for (const Arch& arch : archs) {
          for (size_t c = 0; c < space_.axes()[axis].values.size(); ++c) {
            if (open(axis, c)) grown.push_back(with_choice(arch, axis, c));
          }
        }
        archs = std::move(grown);
      }
      for (const Arch& arch : archs) {
        const NetworkSpec spec = space_.lower(arch, workload_);
        const int b = find_block(spec, name);
        if (b < 0) continue;
        const auto index = static_cast<size_t>(b);
        const std::shared_ptr<const Block>& block = spec.blocks[index].block;
        if (seen_.insert(block->key).second) sites_.push_back({block, arch, index});
      }
    }
  }

  const SearchSpace& space_;
  const Workload workload_;
  const Restriction* only_;
  std::map<std::string, Found> found_;
  std::set<std::string> seen_;
  std::vector<BlockSite> sites_;
};

}  // namespace

std::vector<BlockSite> enumerate_blocks(const SearchSpace& space, const Workload& workload,
                                        const Restriction* only) {
  return Enumeration(space, workload, only).run();
}

}  // namespace tailor
