// Reading the predictor's layers, encoding archs, adding up layers.
#include "predictors/published.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace tailor::predict {
namespace {

std::vector<float> floats_of(const TensorFile& file, const std::string& name) {
  const std::span<const float> values = file.at(name).floats();
  return {values.begin(), values.end()};
}

std::vector<ReluNetwork::Layer> layers_of(const TensorFile& file) {
  const bool library = file.tensors.contains("base_acc");
  std::vector<ReluNetwork::Layer> out;
  for (int i = 0; i < 4; ++i) {
    const std::string name = library ? str("layers.", i, i < 3 ? ".0" : "") : str(2 * i);
    const HostTensor& weight = file.at(name + ".weight");
    if (weight.shape.size() != 2 || (i > 0 && weight.shape[1] != out.back().out)) {
      throw IoError(str(file.source, ": '", name, ".weight' is no layer of an accuracy predictor"));
    }
    const std::string bias = library && i == 3 ? "base_acc" : name + ".bias";
    out.push_back({weight.shape[1], weight.shape[0], floats_of(file, name + ".weight"),
                   floats_of(file, bias)});
    if (static_cast<int64_t>(out.back().bias.size()) != out.back().out) {
      throw IoError(str(file.source, ": '", bias, "' does not fit its layer"));
    }
  }
  return out;
}

/// How many plain convolutions stand before each place.
std::vector<int> ordinals_of(const std::vector<BlockPlace>& places) {
  std::vector<int> out;
  int convolutions = 0;
  for (const BlockPlace& place : places) {
    out.push_back(convolutions);
    const auto shown = std::find_if(place.choices.begin(), place.choices.end(),
                                    [](const auto& choice) { return choice && choice->block; });
    convolutions += hw::PublishedTable::is_convolution(*(*shown)->block);
  }
  return out;
}

/// The place with one axis more, which changes no block but what a block counts.
BlockPlace with_axis(const SearchSpace& space, const BlockPlace& place, size_t axis) {
  BlockPlace out{place.name, place.axes, {}};
  out.axes.insert(std::lower_bound(out.axes.begin(), out.axes.end(), axis), axis);
  out.choices.resize(FactorSum::entries(space, out.axes));
  for (size_t e = 0; e < out.choices.size(); ++e) {
    size_t rest = e, from = 0, stride = 1, digit = 0;
    for (size_t i = out.axes.size(); i-- > 0;) {
      const size_t radix = space.axes()[out.axes[i]].values.size() + 1;
      if (out.axes[i] == axis) {
        digit = rest % radix;
      } else {
        from += rest % radix * stride;
        stride *= radix;
      }
      rest /= radix;
    }
    if (digit == 0 || !place.choices[from]) continue;
    BlockChoice choice = *place.choices[from];
    std::vector<int8_t> choices(choice.arch.choices().begin(), choice.arch.choices().end());
    choices[axis] = static_cast<int8_t>(digit - 1);
    choice.arch = space.arch(choices);
    choice.entry = e;
    out.choices[e] = std::move(choice);
  }
  return out;
}

/// Which inputs the choices of an axis set, counting on from `next`.
std::vector<int> own_columns(const Axis& axis, int& next) {
  std::vector<int> out;
  for (size_t c = 0; c < axis.values.size(); ++c) out.push_back(next++);
  return out;
}

std::vector<int> listed_columns(const Axis& axis, const std::vector<int64_t>& listed, int& next) {
  std::vector<int> out;
  for (const double value : axis.values) {
    const auto found = std::find(listed.begin(), listed.end(), static_cast<int64_t>(value));
    const bool known = found != listed.end();
    out.push_back(known ? next + static_cast<int>(found - listed.begin()) : ReluNetwork::kNoColumn);
  }
  next += static_cast<int>(listed.size());
  return out;
}

}  // namespace

PublishedAccuracy::PublishedAccuracy(const SearchSpace& space, const TensorFile& file,
                                     PublishedEncoding encoding)
    : space_(space), encoding_(std::move(encoding)) {
  std::vector<ReluNetwork::Layer> layers = layers_of(file);
  int inputs = 0;
  std::vector<std::vector<int>> columns = columns_of_parts(inputs);
  if (inputs != layers[0].in) {
    throw IoError(str(file.source, ": takes ", layers[0].in, " inputs, this space and its parts (",
                      join(encoding_.parts, ", "), ") give ", inputs));
  }
  network_.emplace(std::move(layers), std::move(columns));
}

std::vector<std::vector<int>> PublishedAccuracy::columns_of_parts(int& inputs) const {
  std::vector<std::vector<int>> out;
  for (const Axis& axis : space_.axes()) {
    out.emplace_back(axis.values.size(), ReluNetwork::kNoColumn);
  }
  for (const std::string& part : encoding_.parts) {
    for (size_t i = 0; i < out.size(); ++i) {
      const Axis& axis = space_.axes()[i];
      if (part == "stem" && axis.group == "d" && axis.slot == 0) {
        for (size_t c = 0; c < axis.values.size(); ++c) {
          out[i][c] = inputs + (axis.values[c] > 0 ? 1 : 0);
        }
      } else if (part == axis.group) {
        out[i] = part == "r" ? listed_columns(axis, encoding_.resolutions, inputs)
                             : own_columns(axis, inputs);
      }
    }
    if (part == "stem") inputs += 2;
  }
  return out;
}

void PublishedAccuracy::check_size(const Arch& arch) const {
  const int axis = space_.axis_index("r", 0);
  const auto r = static_cast<size_t>(axis);
  if (axis >= 0 && network_->columns()[r][static_cast<size_t>(arch[r])] != ReluNetwork::kNoColumn) {
    return;
  }
  throw Error(str("the accuracy predictor does not know images of ", space_.value(arch, "r"),
                  " pixels, only of ", join(encoding_.resolutions, ", "),
                  "; fix r to one of them"));
}

void PublishedAccuracy::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  for (const Arch& arch : archs) check_size(arch);
  std::vector<float> values(archs.size());
  (*network_)(archs, values);
  for (size_t i = 0; i < archs.size(); ++i) {
    out[i] = {.value = values[i], .uncertainty = 0, .provenance = Provenance::fitted};
  }
}

PublishedLatency::PublishedLatency(const SearchSpace& space,
                                   std::map<int64_t, hw::PublishedTable> tables)
    : space_(space), tables_(std::move(tables)), sum_([this] { return *factor_sum(nullptr); }) {}

const hw::PublishedTable& PublishedLatency::table_of(int64_t size) const {
  const auto found = tables_.find(size);
  if (found != tables_.end()) return found->second;
  std::vector<int64_t> known;
  for (const auto& [each, table] : tables_) known.push_back(each);
  throw Error(str("no latency table for images of ", size, " pixels, only for ", join(known, ", "),
                  "; fix r to one of them"));
}

/// Archs of the image sizes that have tables.
Restriction PublishedLatency::tabled(const Restriction* only) const {
  Restriction out = only ? *only : space_.restrict({});
  const auto r = static_cast<size_t>(space_.axis_index("r", 0));
  for (size_t c = 0; c < out.allowed[r].size(); ++c) {
    const auto size = static_cast<int64_t>(space_.axes()[r].values[c]);
    if (!tables_.contains(size)) out.allowed[r][c] = false;
  }
  return out;
}

std::optional<FactorSum> PublishedLatency::factor_sum(const Restriction* only) const {
  const Restriction restriction = tabled(only);
  std::vector<BlockPlace> places = block_places(space_, {}, &restriction);
  const std::vector<int> ordinals = ordinals_of(places);
  const auto r = static_cast<size_t>(space_.axis_index("r", 0));
  // Each image size has a table of its own, so also the blocks that are the same in all differ.
  for (BlockPlace& place : places) {
    const bool by_size = std::count(place.axes.begin(), place.axes.end(), r) > 0;
    if (!by_size) place = with_axis(space_, place, r);
  }
  return sum_over_places(space_, places, 0, [&](size_t place, const BlockChoice& choice) {
    const auto size =
        static_cast<int64_t>(space_.axes()[r].values[static_cast<size_t>(choice.arch[r])]);
    const auto table = tables_.find(size);
    return table == tables_.end() ? std::nan("")
                                  : table->second.layer_ms(*choice.block, ordinals[place]);
  });
}

void PublishedLatency::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  const FactorSum* sum = sum_.after(archs.size());
  for (size_t i = 0; i < archs.size(); ++i) {
    const hw::PublishedTable& table = table_of(static_cast<int64_t>(space_.value(archs[i], "r")));
    const double value = sum ? (*sum)(archs[i]) : table.latency_ms(space_.lower(archs[i]));
    out[i] = {.value = value, .uncertainty = 0, .provenance = Provenance::measured};
  }
}

}  // namespace tailor::predict
