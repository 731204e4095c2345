// Everything a strategy was told, each arch once, as text for snapshots; and archs as short text.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/arch_index.h"
#include "search/strategy.h"

namespace tailor::search {

/// Choice indices, "-" where a slot does not matter: "2,0,-,1". Quicker than SearchSpace::print.
std::string choices_text(const Arch& arch);
/// Throws IoError for a text that is no canonical arch of the space.
Arch parse_choices(const SearchSpace& space, std::string_view text);

/// The higher objective first; of equal ones the lower arch.
bool best_first(const Evaluated& a, const Evaluated& b);

class Archive {
 public:
  /// Keeps what is new.
  void add(std::span<const Evaluated> evaluated);
  bool contains(const Arch& arch) const { return find(arch) != nullptr; }
  /// What was told of an arch, or null.
  const Evaluated* find(const Arch& arch) const;
  /// In the order of adding.
  const std::vector<Evaluated>& all() const { return all_; }
  size_t size() const { return all_.size(); }

  /// One line an arch: objective (or -), violation, choices, trade-off (where there is one).
  std::string text() const;
  /// Throws IoError naming the line of `name`.
  static Archive parse(const SearchSpace& space, std::string_view text, const std::string& name);

 private:
  std::vector<Evaluated> all_;
  ArchIndex places_;  // in all_
};

/// State of a strategy that needs its archive and a count of its asks only.
struct ArchiveState {
  int64_t generation = 0;
  Archive archive;

  /// `strategy`: its name, checked when read back.
  std::string text(const std::string& strategy) const;
  /// Throws IoError: another strategy, or lines that cannot be read.
  static ArchiveState parse(const SearchSpace& space, const std::string& text,
                            const std::string& strategy);
};

}  // namespace tailor::search
