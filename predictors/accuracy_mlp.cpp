// Accuracy by a small ensemble of MLPs: sees how choices act together, which a ridge cannot.
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "core/error.h"
#include "predictors/feature_predictor.h"
#include "predictors/mlp.h"
#include "predictors/part_scales.h"

namespace tailor::predict {
namespace {

/// Sum of the variances of all inputs. Tried on measured archs: 10 to 120; 60 and above were alike
/// and best.
constexpr double kInputPower = 100;
constexpr int64_t kMaxWidth = 4096, kMaxLayers = 16;

struct Options {
  MlpOptions mlp;
  int64_t members = 4;

  static Options read(const ConfigNode& config) {
    Options o;
    config.read("hidden", o.mlp.hidden,
                {.min = 1, .max = kMaxWidth, .doc = "widths of the hidden layers"});
    config.read("members", o.members, {.min = 1, .max = 64, .doc = "networks in the ensemble"});
    config.read("epochs", o.mlp.epochs, {.min = 1, .max = 1e6, .doc = "passes over the archs"});
    config.read("batch", o.mlp.batch, {.min = 1, .max = 1e6, .doc = "archs a step"});
    config.read("learning_rate", o.mlp.learning_rate,
                {.min = 1e-7, .max = 10, .doc = "of Adam, at the start; falls to 0"});
    config.read("weight_decay", o.mlp.weight_decay,
                {.min = 0, .max = 1000, .doc = "decoupled; at 100 archs, less with more"});
    if (o.mlp.hidden.empty() || o.mlp.hidden.size() > kMaxLayers) {
      config.fail("hidden", str("must hold 1 to ", kMaxLayers, " widths"));
    }
    config.finish();
    return o;
  }
};

struct Moments {
  double mean = 0, deviation = 0;  ///< deviation 0: constant
};

Moments moments(std::span<const double> values, size_t begin, size_t stride) {
  double sum = 0, squares = 0, count = 0;
  for (size_t i = begin; i < values.size(); i += stride, ++count) sum += values[i];
  const double mean = sum / count;
  for (size_t i = begin; i < values.size(); i += stride) {
    squares += (values[i] - mean) * (values[i] - mean);
  }
  const double deviation = std::sqrt(squares / count);
  return {mean, deviation > 1e-9 * (1 + std::abs(mean)) ? deviation : 0};
}

class AccuracyMlp : public FeaturePredictor {
 public:
  AccuracyMlp(const Options& options, const SearchSpace& space)
      : FeaturePredictor(space), options_(options) {}

  std::string kind() const override { return "mlp"; }

 protected:
  void fit_features(const std::vector<double>& x, std::span<const double> values,
                    const Rng& rng) override {
    const size_t width = features().size();
    choose_scales(x, values);
    const Moments target = moments(values, 0, 1);
    mean_ = target.mean;
    deviation_ = target.deviation;
    std::vector<float> inputs, targets;
    for (size_t i = 0; i < x.size(); i += width) {
      const std::vector<float> row = standardise(std::span(x).subspan(i, width));
      inputs.insert(inputs.end(), row.begin(), row.end());
    }
    for (double value : values) {
      targets.push_back(static_cast<float>(deviation_ > 0 ? (value - mean_) / deviation_ : 0));
    }
    MlpOptions training = options_.mlp;
    // A penalty of fixed strength weighs less against more archs.
    training.weight_decay *= 100 / static_cast<double>(values.size());
    members_.assign(static_cast<size_t>(options_.members), {});
    tbb::parallel_for(size_t{0}, members_.size(), [&](size_t m) {
      members_[m] = Mlp::train(inputs, targets, static_cast<int64_t>(width), training,
                               rng.fork("mlp", {static_cast<int64_t>(m)}));
    });
  }

  Estimate score(std::span<const double> x) const override {
    const std::vector<float> input = standardise(x);
    double sum = 0, squares = 0;
    for (const Mlp& member : members_) {
      const double value = member(input);
      sum += value;
      squares += value * value;
    }
    const auto count = static_cast<double>(members_.size());
    const double mean = sum / count;
    const double variance = std::max(0.0, squares / count - mean * mean);
    return {mean_ + deviation_ * mean, deviation_ * std::sqrt(variance), Provenance::fitted};
  }

  void write_tensors(TensorFile& file) const override {
    std::vector<double> widths;
    for (int64_t width : hidden_widths()) widths.push_back(static_cast<double>(width));
    file.tensors["hidden"] = to_tensor(widths);
    file.tensors["numbers"] = to_tensor({mean_, deviation_, static_cast<double>(members_.size()),
                                         static_cast<double>(widths.size())});
    file.tensors["means"] = to_tensor(means_);
    file.tensors["scales"] = to_tensor(scales_);
    for (size_t m = 0; m < members_.size(); ++m) {
      for (size_t l = 0; l < members_[m].layers.size(); ++l) {
        const Mlp::Layer& layer = members_[m].layers[l];
        file.tensors[str("member", m, ".layer", l, ".weight")] =
            HostTensor::from_floats({layer.inputs, layer.outputs}, layer.weights);
        file.tensors[str("member", m, ".layer", l, ".bias")] =
            HostTensor::from_floats({layer.outputs}, layer.bias);
      }
    }
  }

  void read_tensors(const TensorFile& file) override {
    const std::vector<double> numbers = from_tensor(file, "numbers", 4);
    mean_ = numbers[0];
    deviation_ = numbers[1];
    means_ = from_tensor(file, "means", features().size());
    scales_ = from_tensor(file, "scales", features().size());
    const auto count = bounded(file, numbers[2], 64, "members");
    const auto layers = bounded(file, numbers[3], kMaxLayers, "hidden layers");
    std::vector<int64_t> widths = {static_cast<int64_t>(features().size())};
    for (double width : from_tensor(file, "hidden", static_cast<size_t>(layers))) {
      widths.push_back(bounded(file, width, kMaxWidth, "hidden width"));
    }
    widths.push_back(1);
    members_.assign(static_cast<size_t>(count), {});
    for (size_t m = 0; m < members_.size(); ++m) members_[m] = read_member(file, m, widths);
  }

 private:
  /// Parts of the features enter as large as the values say they matter; weight decay then weighs
  /// on the others.
  void choose_scales(const std::vector<double>& x, std::span<const double> values) {
    const size_t width = features().size();
    std::vector<std::pair<size_t, size_t>> parts;
    for (const ArchFeatures::Part& part : features().parts()) {
      parts.emplace_back(part.begin, part.end);
    }
    scales_ = part_scales(x, values, parts).scales;
    means_.assign(width, 0);
    double power = 0;
    for (size_t f = 0; f < width; ++f) {
      const Moments m = moments(x, f, width);
      means_[f] = m.mean;
      power += std::pow(scales_[f] * m.deviation, 2);
    }
    if (power <= 0) return;
    for (double& scale : scales_) scale *= std::sqrt(kInputPower / power);
  }

  std::vector<float> standardise(std::span<const double> x) const {
    std::vector<float> out(x.size());
    for (size_t f = 0; f < x.size(); ++f) {
      out[f] = static_cast<float>((x[f] - means_[f]) * scales_[f]);
    }
    return out;
  }

  std::vector<int64_t> hidden_widths() const {
    std::vector<int64_t> out;
    const std::vector<Mlp::Layer>& layers = members_.front().layers;
    for (size_t l = 0; l + 2 < layers.size(); ++l) out.push_back(layers[l].outputs);
    return out;
  }

  static int64_t bounded(const TensorFile& file, double value, int64_t most, const char* what) {
    if (!(value >= 1) || value > static_cast<double>(most) || value != std::floor(value)) {
      throw IoError(
          str(file.source, ": ", what, " must be a whole number in [1, ", most, "], got ", value));
    }
    return static_cast<int64_t>(value);
  }

  static std::vector<float> floats(const TensorFile& file, const std::string& name,
                                   const std::vector<int64_t>& shape) {
    const HostTensor& tensor = file.at(name);
    if (tensor.dtype != DType::f32 || tensor.shape != shape) {
      throw IoError(str(file.source, ": tensor '", name, "' must be F32 [", join(shape, ", "),
                        "], got ", dtype_name(tensor.dtype), " [", join(tensor.shape, ", "), "]"));
    }
    const std::span<const float> values = tensor.floats();
    for (float value : values) {
      if (!std::isfinite(value)) {
        throw IoError(str(file.source, ": tensor '", name, "' holds ", value));
      }
    }
    return {values.begin(), values.end()};
  }

  static Mlp read_member(const TensorFile& file, size_t m, const std::vector<int64_t>& widths) {
    Mlp out;
    for (size_t l = 0; l < widths.size(); ++l) {
      const bool linear = l + 1 == widths.size();
      const int64_t inputs = linear ? widths.front() : widths[l];
      const int64_t outputs = linear ? 1 : widths[l + 1];
      const std::string name = str("member", m, ".layer", l);
      out.layers.push_back({inputs, outputs, floats(file, name + ".weight", {inputs, outputs}),
                            floats(file, name + ".bias", {outputs})});
    }
    return out;
  }

  Options options_;
  std::vector<double> means_, scales_;
  double mean_ = 0, deviation_ = 1;
  std::vector<Mlp> members_;
};

}  // namespace

PredictorRegistry::Factory make_accuracy_mlp;

std::unique_ptr<Predictor> make_accuracy_mlp(const ConfigNode& config, const SearchSpace& space) {
  return std::make_unique<AccuracyMlp>(Options::read(config), space);
}

}  // namespace tailor::predict
