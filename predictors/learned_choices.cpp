// Learned choices as YAML and as tables.
#include "predictors/learned_choices.h"

#include <cmath>

#include "core/config_node.h"
#include "core/error.h"
#include "core/yaml_text.h"

namespace tailor::predict {
namespace {

constexpr const char* kNone = "-";  // a choice of an axis that does not matter

std::string axis_text(const Axis& axis) { return str(axis.group, ".", axis.slot); }

size_t find_axis(const SearchSpace& space, const std::string& text) {
  for (size_t i = 0; i < space.axes().size(); ++i) {
    if (axis_text(space.axes()[i]) == text) return i;
  }
  throw ConfigError(str("space '", space.name(), "' has no axis '", text, "'"));
}

int8_t find_choice(const Axis& axis, const std::string& text) {
  if (text == kNone) return Arch::kInactive;
  for (size_t c = 0; c < axis.names.size(); ++c) {
    if (axis.names[c] == text) return static_cast<int8_t>(c);
  }
  throw ConfigError(str("axis '", axis_text(axis), "' has no choice '", text, "'"));
}

std::string choice_text(const Axis& axis, int8_t choice) {
  return choice == Arch::kInactive ? kNone : axis.names[static_cast<size_t>(choice)];
}

Factor factor_of(const SearchSpace& space, const LearnedSlot& slot) {
  Factor out{slot.axes, std::vector<double>(FactorSum::entries(space, slot.axes), std::nan(""))};
  out.values[0] = 0;  // the slot does not matter
  for (size_t o = 0; o < slot.options.size(); ++o) {
    size_t entry = 0;
    for (size_t i = 0; i < slot.axes.size(); ++i) {
      entry = entry * (space.axes()[slot.axes[i]].values.size() + 1) +
              static_cast<size_t>(slot.options[o][i] + 1);
    }
    out.values[entry] = slot.log_probabilities[o];
  }
  return out;
}

LearnedSlot read_slot(const ConfigNode& node, const SearchSpace& space) {
  LearnedSlot out;
  std::vector<std::string> axes;
  node.read("name", out.name, {.required = true});
  node.read("axes", axes, {.required = true});
  for (const std::string& axis : axes) out.axes.push_back(find_axis(space, axis));
  for (const ConfigNode& option : node.children("options")) {
    std::vector<std::string> choices;
    double log_probability = 0;
    option.read("choices", choices, {.required = true});
    option.read("log_probability", log_probability, {.max = 0, .required = true});
    option.finish();
    if (choices.size() != axes.size()) {
      option.fail("choices", str("must be ", axes.size(), ", got ", choices.size()));
    }
    std::vector<int8_t>& own = out.options.emplace_back();
    for (size_t i = 0; i < axes.size(); ++i) {
      own.push_back(find_choice(space.axes()[out.axes[i]], choices[i]));
    }
    out.log_probabilities.push_back(log_probability);
  }
  node.finish();
  return out;
}

}  // namespace

std::unique_ptr<Estimator> LearnedChoices::estimator(const SearchSpace& space) const {
  std::vector<Factor> factors;
  std::vector<bool> in_slot(space.axes().size(), false);
  for (const LearnedSlot& slot : slots) {
    factors.push_back(factor_of(space, slot));
    for (const size_t axis : slot.axes) in_slot[axis] = true;
  }
  for (size_t axis = 0; axis < in_slot.size(); ++axis) {
    if (in_slot[axis]) continue;
    Factor fixed{{axis}, std::vector<double>(space.axes()[axis].values.size() + 1, std::nan(""))};
    fixed.values[0] = 0;
    if (base.active(axis)) fixed.values[static_cast<size_t>(base[axis] + 1)] = 0;
    factors.push_back(std::move(fixed));
  }
  return std::make_unique<FactorEstimator>(kMetric, FactorSum(space, 0, std::move(factors)));
}

std::string LearnedChoices::text(const SearchSpace& space) const {
  std::string out = str("format_version: ", kFormatVersion, "\nspace: ", yaml_quoted(space.name()),
                        "\nbase: ", yaml_quoted(space.print(base)), "\nslots:\n");
  for (const LearnedSlot& slot : slots) {
    std::vector<std::string> axes;
    for (const size_t axis : slot.axes) axes.push_back(yaml_quoted(axis_text(space.axes()[axis])));
    out += str("  - name: ", yaml_quoted(slot.name), "\n    axes: [", join(axes, ", "),
               "]\n    options:\n");
    for (size_t o = 0; o < slot.options.size(); ++o) {
      std::vector<std::string> choices;
      for (size_t i = 0; i < slot.axes.size(); ++i) {
        choices.push_back(yaml_quoted(choice_text(space.axes()[slot.axes[i]], slot.options[o][i])));
      }
      out += str("      - {choices: [", join(choices, ", "),
                 "], log_probability: ", number(slot.log_probabilities[o]), "}\n");
    }
  }
  return out;
}

LearnedChoices LearnedChoices::load(const SearchSpace& space, const std::string& path) {
  const ConfigNode file = ConfigNode::load(path);
  int64_t version = 0;
  std::string name, base;
  file.read("format_version", version, {.required = true});
  if (version != kFormatVersion) {
    file.fail("format_version", str("must be ", kFormatVersion, ", got ", version));
  }
  file.read("space", name, {.required = true});
  if (name != space.name())
    file.fail("space", str("must be '", space.name(), "', got '", name, "'"));
  file.read("base", base, {.required = true});
  LearnedChoices out;
  out.base = space.parse(base);
  for (const ConfigNode& slot : file.children("slots")) out.slots.push_back(read_slot(slot, space));
  file.finish();
  return out;
}

}  // namespace tailor::predict
