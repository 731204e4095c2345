// A small search space without networks, for tests of what works on archs alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "supernet/space/search_space.h"

namespace tailor::test {

/// `stages` stages of up to three blocks. Groups: d (1, 2, 3 a stage), ks (3, 5, 7) and e (2, 4, 6)
/// a block, which do not matter above the depth, and r (16, 20, 24, 28). With n stages it has
/// 4 * 819^n archs. It lowers to nothing.
class ToySpace : public SearchSpace {
 public:
  static constexpr int kBlocks = 3;

  explicit ToySpace(int stages = 1) : SearchSpace("toy", make_axes(stages)), stages_(stages) {}
  int stages() const { return stages_; }
  int depth(const Arch& arch, int stage) const { return static_cast<int>(value(arch, "d", stage)); }

 protected:
  void build(const Arch&, NetworkBuilder&) const override {
    throw Error("the toy space has no network");
  }

 private:
  static std::vector<Axis> make_axes(int stages) {
    std::vector<Axis> axes;
    for (int s = 0; s < stages; ++s) {
      axes.push_back(number_axis("d", s, "stage" + std::to_string(s + 1), {1, 2, 3}));
    }
    for (const auto& [group, values] : {std::pair("ks", std::vector<double>{3, 5, 7}),
                                        std::pair("e", std::vector<double>{2, 4, 6})}) {
      for (int slot = 0; slot < stages * kBlocks; ++slot) {
        const int stage = slot / kBlocks;
        Axis axis = number_axis(group, slot, "stage" + std::to_string(stage + 1), values);
        const Axis& parent = axes[static_cast<size_t>(stage)];
        axes.push_back(depends_on(std::move(axis), stage, Axis(parent),
                                  [&](double depth) { return depth > slot % kBlocks; }));
      }
    }
    axes.push_back(number_axis("r", 0, "input", {16, 20, 24, 28}));
    return axes;
  }

  int stages_;
};

}  // namespace tailor::test
