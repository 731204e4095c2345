// Archs as text, values and vectors; restrictions by value.
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "supernet/space/group_axes.h"
#include "supernet/space/search_space.h"

namespace tailor {
namespace {

/// Index of the choice that `text` names, or -1.
int find_choice(const Axis& axis, std::string_view text) {
  double value = 0;
  const bool is_number = parse_number(text, value);
  for (size_t c = 0; c < axis.names.size(); ++c) {
    double own = 0;
    if (axis.names[c] == text) return static_cast<int>(c);
    if (is_number && parse_number(axis.names[c], own) && own == value) return static_cast<int>(c);
  }
  return -1;
}

}  // namespace

std::string SearchSpace::print(const Arch& arch) const {
  check_own(arch);
  std::string out;
  for (const Group& group : groups_) {
    if (!out.empty()) out += ' ';
    out += group.name;
    for (size_t slot = 0; slot < group.axes.size(); ++slot) {
      const size_t i = group.axes[slot];
      out += slot == 0 ? '=' : ',';
      if (arch.active(i))
        out += axes_[i].names[static_cast<size_t>(arch[i])];
      else
        out += '0';
    }
  }
  return out;
}

/// The slots' texts by group; a group at most once.
std::map<std::string, std::vector<std::string>> SearchSpace::read_groups(
    std::string_view text) const {
  std::map<std::string, std::vector<std::string>> given;
  for (const std::string& word : split(text, ' ')) {
    if (trim(word).empty()) continue;
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Group* group = find_group(name);
    if (equals == std::string::npos || !group) {
      throw ConfigError(str("arch '", text, "': '", word, "' is not GROUP=VALUES of '", name_,
                            "'; groups: ", join(groups(), ", ")));
    }
    std::vector<std::string> slots = split(word.substr(equals + 1), ',');
    if (slots.size() == 1) slots.resize(group->axes.size(), slots[0]);
    if (slots.size() != group->axes.size()) {
      throw ConfigError(str("arch '", text, "': ", name, " has ", group->axes.size(),
                            " slots, got ", slots.size()));
    }
    if (!given.emplace(name, std::move(slots)).second) {
      throw ConfigError(str("arch '", text, "': ", name, " is given twice"));
    }
  }
  return given;
}

Arch SearchSpace::parse(std::string_view text) const {
  const auto given = read_groups(text);
  std::vector<int8_t> choices(axes_.size(), 0);
  for (size_t i : order_) {
    const Axis& axis = axes_[i];
    const bool needed = matters(i, choices);
    const auto group = given.find(axis.group);
    if (group == given.end()) {
      if (needed && axis.names.size() > 1) {
        throw ConfigError(str("arch '", text, "': ", axis.group, " is missing"));
      }
      choices[i] = needed ? int8_t{0} : Arch::kInactive;
      continue;
    }
    const std::string& slot = group->second[static_cast<size_t>(axis.slot)];
    const int choice = find_choice(axis, slot);
    if (choice < 0 && (needed || slot != "0")) {
      throw ConfigError(str("arch '", text, "': ", axis.group, "[", axis.slot, "] (", axis.where,
                            ") must be one of ", join(axis.names, ", "), ", got ",
                            slot.empty() ? "nothing" : slot));
    }
    choices[i] = needed ? static_cast<int8_t>(choice) : Arch::kInactive;
  }
  return arch(choices);
}

double SearchSpace::value(const Arch& arch, std::string_view name, int slot,
                          double otherwise) const {
  const int index = axis_index(name, slot);
  if (index < 0) throw Error(str("'", name_, "' has no axis ", name, "[", slot, "]"));
  const auto i = static_cast<size_t>(index);
  TAILOR_CHECK(i < arch.size(), "the arch is not one of '", name_, "'");
  return arch.active(i) ? axes_[i].values[static_cast<size_t>(arch[i])] : otherwise;
}

std::vector<double> SearchSpace::values(const Arch& arch, std::string_view name) const {
  check_own(arch);
  std::vector<double> out;
  const Group* group = find_group(name);
  if (!group) throw Error(str("'", name_, "' has no axis group '", name, "'"));
  for (size_t i : group->axes) {
    out.push_back(arch.active(i) ? axes_[i].values[static_cast<size_t>(arch[i])] : 0);
  }
  return out;
}

Restriction SearchSpace::restrict(const std::map<std::string, std::vector<double>>& only) const {
  Restriction out;
  for (const auto& [name, values] : only) {
    check_known_values(*this, name, values, axes_of_group(*this, name));
  }
  for (const Axis& axis : axes_) {
    std::vector<bool> allowed(axis.values.size(), true);
    auto it = only.find(axis.group);
    if (it != only.end()) {
      for (size_t c = 0; c < axis.values.size(); ++c) {
        allowed[c] =
            std::find(it->second.begin(), it->second.end(), axis.values[c]) != it->second.end();
      }
      // A slot with one choice (a fixed stage) is not what the restriction is about.
      if (axis.values.size() == 1) allowed[0] = true;
    }
    // Archs hold the first of equal choices: it stands for all of them.
    for (size_t c = 0; c < allowed.size(); ++c) {
      if (allowed[c]) allowed[static_cast<size_t>(axis.same_as[c])] = true;
    }
    out.allowed.push_back(std::move(allowed));
  }
  return out;
}

bool SearchSpace::allows(const Restriction& only, const Arch& arch) const {
  check_own(arch);
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (arch.active(i) && !only.allowed[i][static_cast<size_t>(arch[i])]) return false;
  }
  return std::all_of(only.couplings.begin(), only.couplings.end(), [&](const Coupling& each) {
    return !arch.active(each.follower) ||
           arch[each.follower] == each.choice[static_cast<size_t>(arch[each.leader])];
  });
}

void SearchSpace::encode(const Arch& arch, std::span<float> out) const {
  check_own(arch);
  TAILOR_CHECK(out.size() == encoding_size(), "encoding has ", encoding_size(), " numbers, got ",
               out.size());
  std::fill(out.begin(), out.end(), 0.0f);
  size_t offset = 0;
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (arch.active(i)) out[offset + static_cast<size_t>(arch[i])] = 1.0f;
    offset += axes_[i].values.size();
  }
}

size_t SearchSpace::encoding_size() const {
  size_t size = 0;
  for (const Axis& axis : axes_) size += axis.values.size();
  return size;
}

}  // namespace tailor
