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

/// One-hot of `value` among `values`; nothing where it is not one of them.
void append_one_hot(std::vector<float>& to, const std::vector<double>& values, double value) {
  for (double each : values) to.push_back(each == value ? 1.0F : 0.0F);
}

}  // namespace

PublishedAccuracy::PublishedAccuracy(const SearchSpace& space, const TensorFile& file,
                                     PublishedEncoding encoding)
    : space_(space), encoding_(std::move(encoding)) {
  const bool library = file.tensors.contains("base_acc");
  for (int i = 0; i < 4; ++i) {
    const std::string name = library ? str("layers.", i, i < 3 ? ".0" : "") : str(2 * i);
    const HostTensor& weight = file.at(name + ".weight");
    if (weight.shape.size() != 2 || (i > 0 && weight.shape[1] != layers_.back().out)) {
      throw IoError(str(file.source, ": '", name, ".weight' is no layer of an accuracy predictor"));
    }
    const std::string bias = library && i == 3 ? "base_acc" : name + ".bias";
    layers_.push_back({weight.shape[1], weight.shape[0], floats_of(file, name + ".weight"),
                       floats_of(file, bias)});
    if (static_cast<int64_t>(layers_.back().bias.size()) != layers_.back().out) {
      throw IoError(str(file.source, ": '", bias, "' does not fit its layer"));
    }
  }
  const auto inputs = static_cast<int64_t>(encode(space.largest()).size());
  if (inputs != layers_[0].in) {
    throw IoError(str(file.source, ": takes ", layers_[0].in, " inputs, this space and its parts (",
                      join(encoding_.parts, ", "), ") give ", inputs));
  }
}

std::vector<float> PublishedAccuracy::encode(const Arch& arch) const {
  std::vector<float> out;
  for (const std::string& part : encoding_.parts) {
    if (part == "r") {
      const auto size = static_cast<int64_t>(space_.value(arch, "r"));
      for (int64_t each : encoding_.resolutions) out.push_back(each == size ? 1.0F : 0.0F);
    } else if (part == "stem") {
      append_one_hot(out, {0, 1}, space_.value(arch, "d", 0) > 0 ? 1 : 0);
    } else {
      for (const Axis& axis : space_.axes()) {
        if (axis.group != part) continue;
        append_one_hot(out, axis.values, space_.value(arch, part, axis.slot, NAN));
      }
    }
  }
  return out;
}

void PublishedAccuracy::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  for (size_t i = 0; i < archs.size(); ++i) {
    const auto size = static_cast<int64_t>(space_.value(archs[i], "r"));
    const auto& known = encoding_.resolutions;
    if (std::find(known.begin(), known.end(), size) == known.end()) {
      throw Error(str("the accuracy predictor does not know images of ", size, " pixels, only of ",
                      join(known, ", "), "; fix r to one of them"));
    }
    std::vector<float> x = encode(archs[i]);
    for (size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      std::vector<float> y = layer.bias;
      for (size_t o = 0; o < y.size(); ++o) {
        const float* row = layer.weight.data() + o * static_cast<size_t>(layer.in);
        float sum = 0;
        for (size_t k = 0; k < x.size(); ++k) sum += row[k] * x[k];
        y[o] += sum;
        if (l + 1 < layers_.size()) y[o] = std::max(y[o], 0.0F);
      }
      x = std::move(y);
    }
    out[i] = {.value = x[0], .uncertainty = 0, .provenance = Provenance::fitted};
  }
}

PublishedLatency::PublishedLatency(const SearchSpace& space,
                                   std::map<int64_t, hw::PublishedTable> tables)
    : space_(space), tables_(std::move(tables)) {}

void PublishedLatency::estimate(std::span<const Arch> archs, std::span<Estimate> out) const {
  for (size_t i = 0; i < archs.size(); ++i) {
    const auto size = static_cast<int64_t>(space_.value(archs[i], "r"));
    const auto found = tables_.find(size);
    if (found == tables_.end()) {
      std::vector<int64_t> known;
      for (const auto& [each, table] : tables_) known.push_back(each);
      throw Error(str("no latency table for images of ", size, " pixels, only for ",
                      join(known, ", "), "; fix r to one of them"));
    }
    out[i] = {.value = found->second.latency_ms(space_.lower(archs[i])),
              .uncertainty = 0,
              .provenance = Provenance::measured};
  }
}

}  // namespace tailor::predict
