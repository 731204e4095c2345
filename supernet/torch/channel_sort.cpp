// Finding labels in lowered networks, ranking their channels, permuting parameters.
#include "supernet/torch/channel_sort.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.h"

namespace tailor::supernet {
namespace {

/// A labelled factor of a stored parameter.
struct Place {
  std::string parameter;
  Shape factors;
  int64_t dim = 0;
};

/// What the networks of a space say about one label.
struct Label {
  int64_t full = 0;
  std::vector<Place> places;     ///< every factor to permute
  std::vector<Place> consumers;  ///< weights that say how much a channel matters
  bool gate = false;
  size_t last = 0;  ///< position of its last consumer in the largest network
};
using Labels = std::map<std::string, Label>;

Place place_of(const WeightRef& ref, size_t dim) {
  Place place{ref.name, {}, static_cast<int64_t>(dim)};
  for (const Dim& d : ref.dims) place.factors.push_back(d.full);
  return place;
}

/// Is the factor part of the tensor's first dimension, its outputs?
bool is_output(const WeightRef& ref, size_t dim) {
  return ref.fold.empty() ? dim == 0 : dim < static_cast<size_t>(ref.fold[0]);
}

bool holds(const Node& node, const std::string& label) {
  for (const WeightRef& ref : node.weights) {
    for (const Dim& dim : ref.dims) {
      if (dim.label == label) return true;
    }
  }
  return false;
}

/// What comes after node `from` in its block.
struct Afterwards {
  bool label_again = false;  ///< something computed from it has the label
  bool gate = false;         ///< it multiplies a value, after weightless nodes at most
};

Afterwards afterwards(const Block& block, size_t from, const std::string& label) {
  Afterwards out;
  const size_t first = block.inputs.size();
  std::vector<bool> reached(block.nodes.size(), false), direct = reached;
  reached[from] = direct[from] = true;
  for (size_t n = from + 1; n < block.nodes.size(); ++n) {
    const Node& node = block.nodes[n];
    for (int input : node.inputs) {
      const auto value = static_cast<size_t>(input);
      if (value < first || !reached[value - first]) continue;
      reached[n] = true;
      const bool straight = direct[value - first];
      out.gate = out.gate || (straight && node.op->kind() == "multiply");
      direct[n] = direct[n] || (straight && node.weights.empty());
    }
    out.label_again = out.label_again || (reached[n] && holds(node, label));
  }
  return out;
}

/// Notes the factor `dim` of a weight of node `n`.
void note(Labels& labels, const Block& block, size_t n, const WeightRef& ref, size_t dim,
          size_t position) {
  const Dim& d = ref.dims[dim];
  Label& label = labels[d.label];
  TAILOR_CHECK(label.full == 0 || label.full == d.full, "label '", d.label, "' is ", label.full,
               " channels wide, but '", ref.name, "' has ", d.full);
  label.full = d.full;
  auto add = [&](std::vector<Place>& places) {
    for (const Place& known : places) {
      if (known.parameter == ref.name && known.dim == static_cast<int64_t>(dim)) return;
    }
    places.push_back(place_of(ref, dim));
  };
  add(label.places);
  if (ref.role != Role::weight || is_output(ref, dim)) return;
  for (size_t out = 0; out < ref.dims.size() && is_output(ref, out); ++out) {
    if (ref.dims[out].label == d.label) return;
  }
  const Afterwards after = afterwards(block, n, d.label);
  if (after.label_again) return;
  add(label.consumers);
  label.gate = label.gate || after.gate;
  label.last = std::max(label.last, position);
}

/// Labels of all parameters of a space, from archs that reference each of them.
Labels find_labels(const SearchSpace& space) {
  Labels labels;
  for (const Arch& arch : space.covering()) {
    const NetworkSpec spec = space.lower(arch);
    size_t position = 0;
    for (const BlockUse& use : spec.blocks) {
      for (size_t n = 0; n < use.block->nodes.size(); ++n, ++position) {
        for (const WeightRef& ref : use.block->nodes[n].weights) {
          for (size_t d = 0; d < ref.dims.size(); ++d) {
            if (!ref.dims[d].label.empty()) note(labels, *use.block, n, ref, d, position);
          }
        }
      }
    }
  }
  return labels;
}

/// Channels of each label in use in one network.
std::map<std::string, int64_t> widths_in_use(const NetworkSpec& spec) {
  std::map<std::string, int64_t> widths;
  for (const BlockUse& use : spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        for (const Dim& dim : ref.dims) {
          if (!dim.label.empty()) widths[dim.label] = dim.count;
        }
      }
    }
  }
  return widths;
}

/// Widths of a label over the choices of its own axis, from the largest choice to the smallest.
struct OwnAxis {
  size_t moved = 0;  ///< labels that the axis moves
  std::vector<int64_t> widths;
};

/// The own axis of every label whose width is elastic.
std::map<std::string, OwnAxis> own_axes(const SearchSpace& space) {
  std::map<std::string, OwnAxis> own;
  for (size_t axis = 0; axis < space.axes().size(); ++axis) {
    std::map<std::string, std::vector<int64_t>> seen;
    const size_t choices = space.axes()[axis].values.size();
    for (size_t c = choices; c-- > 0;) {
      std::vector<int8_t> held;
      for (const Axis& each : space.axes()) {
        held.push_back(static_cast<int8_t>(each.values.size() - 1));
      }
      held[axis] = static_cast<int8_t>(c);
      const auto widths = widths_in_use(space.lower(space.arch(held)));
      for (const auto& [label, width] : widths) seen[label].push_back(width);
    }
    std::erase_if(seen, [&](const auto& entry) {
      const auto& widths = entry.second;
      return widths.size() < choices ||
             std::all_of(widths.begin(), widths.end(), [&](int64_t w) { return w == widths[0]; });
    });
    for (const auto& [label, widths] : seen) {
      auto it = own.find(label);
      if (it == own.end() || seen.size() < it->second.moved) own[label] = {seen.size(), widths};
    }
  }
  return own;
}

at::Tensor factors(const ParameterStore& store, const Place& place) {
  return store.view(place.parameter).view(place.factors);
}

/// Sums of magnitudes over all dimensions but the label's. [full] float32.
at::Tensor importance(const ParameterStore& store, const Label& label) {
  at::Tensor sum;
  for (const Place& place : label.consumers) {
    const at::Tensor weight = factors(store, place);
    std::vector<int64_t> others;
    for (int64_t d = 0; d < weight.dim(); ++d) {
      if (d != place.dim) others.push_back(d);
    }
    const at::Tensor part = others.empty() ? weight.abs() : at::sum(at::abs(weight), others);
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

/// Moves whole segments apart, as the authors do: in float32, where so large a number costs the
/// importances some of their last digits.
void separate_segments(at::Tensor& importance, const std::vector<int64_t>& widths, int stage) {
  const double step = 1e5;
  double base = -static_cast<double>(widths.size()) * step;
  int64_t end = importance.size(0);
  for (size_t i = 0; i <= static_cast<size_t>(stage) && i < widths.size(); ++i) {
    importance.narrow(0, widths[i], std::max<int64_t>(end - widths[i], 0)).add_(base);
    base += step;
    end = widths[i];
  }
}

void sort_label(ParameterStore& store, const Label& label, const std::vector<int64_t>& widths,
                int stage) {
  at::Tensor rank = importance(store, label);
  if (stage > 0 && !label.gate) separate_segments(rank, widths, stage);
  const at::Tensor order = std::get<1>(at::sort(rank, /*stable=*/true, 0, /*descending=*/true));
  for (const Place& place : label.places) {
    at::Tensor whole = factors(store, place);
    whole.copy_(whole.index_select(place.dim, order));
  }
}

}  // namespace

void sort_channels(const SearchSpace& space, ParameterStore& store, int stage) {
  TAILOR_CHECK(stage >= 0, "the stage of channel sorting counts from 0, got ", stage);
  const at::NoGradGuard no_grad;
  const Labels labels = find_labels(space);
  std::vector<std::tuple<size_t, const Label*, std::vector<int64_t>>> elastic;
  for (const auto& [name, own] : own_axes(space)) {
    const Label& label = labels.at(name);
    if (!label.consumers.empty()) elastic.emplace_back(label.last, &label, own.widths);
  }
  std::stable_sort(elastic.begin(), elastic.end(),
                   [](const auto& a, const auto& b) { return std::get<0>(a) > std::get<0>(b); });
  for (const auto& [last, label, widths] : elastic) sort_label(store, *label, widths, stage);
}

}  // namespace tailor::supernet
