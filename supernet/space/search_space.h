// A search space: a list of axes and the lowering of an arch to a network. Sampling, mutation,
// crossover, counting, printing, parsing and encoding are written here once, for every space.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_node.h"
#include "core/registry.h"
#include "core/rng.h"
#include "supernet/space/arch.h"
#include "supernet/space/axis.h"
#include "supernet/space/network_spec.h"

namespace tailor {

class NetworkBuilder;
class BlockCache;

/// An axis that holds what another one's choice says; made by couple().
struct Coupling {
  size_t leader, follower;
  /// [choice of the leader]: the follower's, or -1 where it does not matter or the leader may not
  /// have that choice.
  std::vector<int8_t> choice;
};

/// Which choices may be used, per axis; made by SearchSpace::restrict. Phases of training and the
/// `fix` and `couple` of a search are restrictions.
struct Restriction {
  std::vector<std::vector<bool>> allowed;  ///< [axis][choice]
  /// At most one for each follower; no leader follows. `allowed` holds no choice of a leader for
  /// which its followers have none.
  std::vector<Coupling> couplings = {};
};

class SearchSpace {
 public:
  /// name: the space's name in results; axes: in the order in which archs print.
  SearchSpace(std::string name, std::vector<Axis> axes);
  virtual ~SearchSpace();
  SearchSpace(const SearchSpace&) = delete;
  SearchSpace& operator=(const SearchSpace&) = delete;

  const std::string& name() const { return name_; }
  const std::vector<Axis>& axes() const { return axes_; }

  /// The network of an arch under a workload. Blocks are cached and shared; thread-safe.
  /// Throws ShapeError naming the node that does not fit.
  NetworkSpec lower(const Arch& arch, const Workload& workload = {}) const;

  // -- making archs ------------------------------------------------------------------------------
  /// Canonical arch of choice indices (one per axis; entries that do not matter are ignored, and
  /// with the couplings of `only` those of axes that follow another).
  /// Throws Error on a wrong length or an index out of range.
  Arch arch(std::span<const int8_t> choices, const Restriction* only = nullptr) const;
  /// Reads "ks=5,3,7 e=6,4,3 d=2 r=192"; one value stands for every slot of its group; slots that
  /// do not matter may hold 0 or any choice, and a group without a slot that has a choice may be
  /// left out. Throws ConfigError naming group, slot and choices.
  Arch parse(std::string_view text) const;
  std::string print(const Arch& arch) const;
  Arch largest() const;
  Arch smallest() const;
  /// Uniform over distinct networks. Throws ConfigError when the restriction leaves none.
  Arch sample(Rng& rng, const Restriction* only = nullptr) const;
  /// Uniform over the distinct choices of every slot that matters (the authors' way in OFA).
  Arch sample_choices(Rng& rng, const Restriction* only = nullptr) const;
  /// Every slot is redrawn with `probability`, uniformly over its distinct choices. The result
  /// keeps to the restriction even where `arch` does not.
  Arch mutate(const Arch& arch, double probability, Rng& rng,
              const Restriction* only = nullptr) const;
  /// Every slot from one parent or the other with equal chance; a slot that matters in one parent
  /// only is taken from that one. What `only` allows in both it allows in their child.
  Arch crossover(const Arch& a, const Arch& b, Rng& rng, const Restriction* only = nullptr) const;
  /// All archs (throws Error above `limit`); for small spaces and tests.
  std::vector<Arch> enumerate(size_t limit = 1u << 20) const;
  /// A few archs that together reference every parameter: each group swept, others fullest. A
  /// family whose parameters depend on several groups together adds to them.
  virtual std::vector<Arch> covering() const;

  // -- reading archs -----------------------------------------------------------------------------
  /// Value of slot `slot` of `group`; `otherwise` where the slot does not matter.
  /// Throws Error when there is no such axis.
  double value(const Arch& arch, std::string_view group, int slot = 0, double otherwise = 0) const;
  /// Values of one group, 0 where a slot does not matter.
  std::vector<double> values(const Arch& arch, std::string_view group) const;
  /// Groups in order of first appearance.
  std::vector<std::string> groups() const;
  /// Index of an axis, or -1.
  int axis_index(std::string_view group, int slot) const;

  /// Allows only the named values: {"ks": {5, 7}, "d": {4}}; groups not named stay free.
  /// Throws ConfigError for an unknown group or value.
  Restriction restrict(const std::map<std::string, std::vector<double>>& only) const;
  bool allows(const Restriction& only, const Arch& arch) const;

  /// Number of distinct networks (exact up to 2^53, else nearest double).
  double count(const Restriction* only = nullptr) const;

  /// One-hot over all choices of all axes, zeros where a slot does not matter; encoding_size()
  /// floats in axis order.
  void encode(const Arch& arch, std::span<float> out) const;
  size_t encoding_size() const;

  // -- the form in which a family's authors publish ----------------------------------------------
  /// Key of a parameter in the authors' state_dict of the supernet; our own name where the family
  /// has no such files.
  virtual std::string published_name(const std::string& parameter) const { return parameter; }
  /// The same in the authors' state_dict of the arch's network alone.
  virtual std::string published_subnet_name(const Arch& arch, const std::string& parameter) const;
  /// The arch as the authors describe a network alone (JSON, their net.config); "" where they have
  /// no such form for this space.
  virtual std::string published_config(const Arch& arch) const;
  /// The other way. name: of the file, for messages. image_size: pixels, one of the space's.
  /// Throws ConfigError naming the first part that this space does not have.
  virtual Arch from_published_config(const std::string& text, const std::string& name,
                                     int64_t image_size) const;

 protected:
  /// Pixels of an image's side: the workload's where it says so, else the arch's (axis group "r").
  int64_t image_size(const Arch& arch, const Workload& workload) const;
  /// A family's whole description of its network: calls builder.input/block/output.
  virtual void build(const Arch& arch, NetworkBuilder& builder) const = 0;

 private:
  struct Weights;  // subtree counts per axis and choice, under a restriction
  struct Group {
    std::string name;
    std::vector<size_t> axes;  // by slot
  };
  Weights weights(const Restriction* only) const;
  int8_t draw(const Weights& weights, size_t axis, std::span<const int8_t> before, Rng& rng) const;
  const Group* find_group(std::string_view name) const;
  std::map<std::string, std::vector<std::string>> read_groups(std::string_view text) const;
  /// Throws Error when an arch is not one of this space.
  void check_own(const Arch& arch) const;
  /// Does a slot matter, given the choices of the axes before it in order_?
  bool matters(size_t axis, std::span<const int8_t> choices) const;
  /// What making archs reads of an axis, in one place.
  struct Slot {
    int parent;
    std::vector<uint8_t> active_when;
    std::vector<int8_t> same_as;
  };
  std::string name_;
  std::vector<Axis> axes_;
  std::vector<Slot> slots_;              // of axes_
  std::vector<size_t> order_;            // parents before children
  std::vector<Group> groups_;            // in order of first appearance
  std::unique_ptr<const Weights> free_;  // weights without a restriction
  std::unique_ptr<BlockCache> cache_;
};

/// Families by name; a config's `space: {family: mobilenet, ...}` chooses one.
using FamilyRegistry = Registry<SearchSpace>;
/// supernet/builtin_families.cpp, the one list.
FamilyRegistry builtin_families();
/// Makes the space of a config's `space` section.
std::unique_ptr<SearchSpace> make_space(const ConfigNode& section);

}  // namespace tailor
