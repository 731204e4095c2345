// Archs as text, values and vectors; restrictions by value.
#include <algorithm>
#include <cmath>

#include "core/error.h"
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

int group_size(const std::vector<Axis>& axes, std::string_view group) {
  return static_cast<int>(
      std::count_if(axes.begin(), axes.end(), [&](const Axis& a) { return a.group == group; }));
}

}  // namespace

std::vector<std::string> SearchSpace::groups() const {
  std::vector<std::string> out;
  for (const Axis& axis : axes_) {
    if (std::find(out.begin(), out.end(), axis.group) == out.end()) out.push_back(axis.group);
  }
  return out;
}

int SearchSpace::axis_index(std::string_view group, int slot) const {
  auto it = index_.find({std::string(group), slot});
  return it == index_.end() ? -1 : it->second;
}

std::string SearchSpace::print(const Arch& arch) const {
  std::string out;
  for (const std::string& group : groups()) {
    std::vector<std::string> slots;
    for (int slot = 0; slot < group_size(axes_, group); ++slot) {
      const auto i = static_cast<size_t>(axis_index(group, slot));
      slots.push_back(arch.active(i) ? axes_[i].names[static_cast<size_t>(arch[i])] : "0");
    }
    out += str(out.empty() ? "" : " ", group, "=", join(slots, ","));
  }
  return out;
}

Arch SearchSpace::parse(std::string_view text) const {
  std::map<std::string, std::vector<std::string>> given;
  for (const std::string& word : split(text, ' ')) {
    if (trim(word).empty()) continue;
    const size_t equals = word.find('=');
    const std::string group = word.substr(0, equals);
    const int size = group_size(axes_, group);
    if (equals == std::string::npos || size == 0) {
      throw ConfigError(str("arch '", text, "': '", word, "' is not GROUP=VALUES of '", name_,
                            "'; groups: ", join(groups(), ", ")));
    }
    std::vector<std::string> slots = split(word.substr(equals + 1), ',');
    if (slots.size() == 1) slots.resize(static_cast<size_t>(size), slots[0]);
    if (static_cast<int>(slots.size()) != size) {
      throw ConfigError(str("arch '", text, "': ", group, " has ", size, " slots, got ",
                            slots.size()));
    }
    if (!given.emplace(group, slots).second) {
      throw ConfigError(str("arch '", text, "': ", group, " is given twice"));
    }
  }
  std::vector<int8_t> choices(axes_.size(), 0);
  for (size_t i : order_) {
    const Axis& axis = axes_[i];
    auto it = given.find(axis.group);
    if (it == given.end()) {
      throw ConfigError(str("arch '", text, "': ", axis.group, " is missing"));
    }
    const std::string& slot = it->second[static_cast<size_t>(axis.slot)];
    const int choice = find_choice(axis, slot);
    if (choice < 0 && (matters(i, choices) || slot != "0")) {
      throw ConfigError(str("arch '", text, "': ", axis.group, "[", axis.slot, "] (", axis.where,
                            ") must be one of ", join(axis.names, ", "), ", got ", slot));
    }
    choices[i] = matters(i, choices) ? static_cast<int8_t>(choice) : Arch::kInactive;
  }
  return arch(choices);
}

double SearchSpace::value(const Arch& arch, std::string_view group, int slot,
                          double otherwise) const {
  const int index = axis_index(group, slot);
  if (index < 0) throw Error(str("'", name_, "' has no axis ", group, "[", slot, "]"));
  const auto i = static_cast<size_t>(index);
  return arch.active(i) ? axes_[i].values[static_cast<size_t>(arch[i])] : otherwise;
}

std::vector<double> SearchSpace::values(const Arch& arch, std::string_view group) const {
  std::vector<double> out;
  for (int slot = 0; slot < group_size(axes_, group); ++slot) {
    out.push_back(value(arch, group, slot));
  }
  return out;
}

Restriction SearchSpace::restrict(const std::map<std::string, std::vector<double>>& only) const {
  Restriction out;
  for (const auto& [group, values] : only) {
    if (group_size(axes_, group) == 0) {
      throw ConfigError(str("'", name_, "' has no axis group '", group, "'; groups: ",
                            join(groups(), ", ")));
    }
    for (double value : values) {
      const bool known = std::any_of(axes_.begin(), axes_.end(), [&](const Axis& a) {
        return a.group == group &&
               std::find(a.values.begin(), a.values.end(), value) != a.values.end();
      });
      if (!known) {
        throw ConfigError(str("no slot of ", group, " in '", name_, "' can be ", number(value)));
      }
    }
  }
  for (const Axis& axis : axes_) {
    std::vector<bool> allowed(axis.values.size(), true);
    auto it = only.find(axis.group);
    if (it != only.end()) {
      for (size_t c = 0; c < axis.values.size(); ++c) {
        allowed[c] = std::find(it->second.begin(), it->second.end(), axis.values[c]) !=
                     it->second.end();
      }
      // A slot with one choice (a fixed stage) is not what the restriction is about.
      if (axis.values.size() == 1) allowed[0] = true;
    }
    out.allowed.push_back(std::move(allowed));
  }
  return out;
}

bool SearchSpace::allows(const Restriction& only, const Arch& arch) const {
  for (size_t i = 0; i < axes_.size(); ++i) {
    if (arch.active(i) && !only.allowed[i][static_cast<size_t>(arch[i])]) return false;
  }
  return true;
}

void SearchSpace::encode(const Arch& arch, std::span<float> out) const {
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
