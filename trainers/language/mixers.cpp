// Archs by the names of their mixers.
#include "trainers/language/mixers.h"

#include <algorithm>

#include "core/error.h"

namespace tailor::train {
namespace {

const Axis& mixer_axis(const SearchSpace& space, int64_t layer) {
  const int index = space.axis_index("mixer", static_cast<int>(layer));
  if (index < 0) throw ConfigError(str("space '", space.name(), "' has no mixer ", layer));
  return space.axes()[static_cast<size_t>(index)];
}

}  // namespace

int64_t layer_count(const SearchSpace& space) {
  int64_t layers = 0;
  while (space.axis_index("mixer", static_cast<int>(layers)) >= 0) ++layers;
  if (layers == 0) throw ConfigError(str("space '", space.name(), "' is no language model"));
  return layers;
}

int64_t vocabulary_size(const SearchSpace& space, const Arch& arch) {
  const NetworkSpec spec = space.lower(arch, {.tokens = 1});
  if (spec.free_dims != 2) throw ConfigError(str("'", space.name(), "' reads no tokens"));
  return spec.output().back();
}

std::vector<std::string> mixer_choices(const SearchSpace& space) {
  return mixer_axis(space, 0).names;
}

Arch with_mixers(const SearchSpace& space, const Arch& like,
                 const std::vector<std::string>& mixers) {
  const int64_t layers = layer_count(space);
  TAILOR_CHECK(static_cast<int64_t>(mixers.size()) == layers, mixers.size(), " mixers for ", layers,
               " layers");
  std::vector<int8_t> choices(like.choices().begin(), like.choices().end());
  for (size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] != Arch::kInactive) continue;
    choices[i] = static_cast<int8_t>(space.axes()[i].values.size() - 1);
  }
  for (int64_t layer = 0; layer < layers; ++layer) {
    const std::vector<std::string>& names = mixer_axis(space, layer).names;
    const auto it = std::find(names.begin(), names.end(), mixers[static_cast<size_t>(layer)]);
    if (it == names.end()) {
      throw ConfigError(str("space '", space.name(), "' has no mixer '",
                            mixers[static_cast<size_t>(layer)], "'; it has ", join(names, ", ")));
    }
    choices[static_cast<size_t>(space.axis_index("mixer", static_cast<int>(layer)))] =
        static_cast<int8_t>(it - names.begin());
  }
  return space.arch(choices);
}

Arch with_values(const SearchSpace& space, const Arch& like,
                 const std::map<std::string, double>& values) {
  std::vector<int8_t> choices(like.choices().begin(), like.choices().end());
  for (size_t i = 0; i < choices.size(); ++i) {
    const Axis& axis = space.axes()[i];
    const auto wanted = values.find(axis.group);
    if (wanted == values.end() || choices[i] == Arch::kInactive) continue;
    const auto it = std::find(axis.values.begin(), axis.values.end(), wanted->second);
    if (it == axis.values.end()) {
      throw ConfigError(str(axis.group, " of '", space.name(), "' cannot be ",
                            number(wanted->second), "; it has ", join(axis.names, ", ")));
    }
    choices[i] = static_cast<int8_t>(it - axis.values.begin());
  }
  return space.arch(choices);
}

std::vector<std::string> mixers_of(const SearchSpace& space, const Arch& arch) {
  std::vector<std::string> out;
  for (int64_t layer = 0; layer < layer_count(space); ++layer) {
    const auto choice = static_cast<size_t>(space.value(arch, "mixer", static_cast<int>(layer)));
    out.push_back(mixer_axis(space, layer).names[choice]);
  }
  return out;
}

std::vector<std::string> placed(int64_t layers, const std::string& rest, const std::string& what,
                                const std::vector<int>& places) {
  std::vector<std::string> out(static_cast<size_t>(layers), rest);
  for (const int place : places) out.at(static_cast<size_t>(place)) = what;
  return out;
}

std::vector<int> uniform_places(int64_t layers, int64_t count) {
  std::vector<int> out;
  for (int64_t i = 0; i < count; ++i) {
    out.push_back(static_cast<int>((2 * i + 1) * layers / (2 * count)));
  }
  return out;
}

}  // namespace tailor::train
