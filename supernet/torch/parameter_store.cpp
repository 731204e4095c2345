// Collecting, initialising, saving and loading the shared weights.
#include "supernet/torch/parameter_store.h"

#include <cmath>
#include <cstring>
#include <set>

#include <ATen/ATen.h>

#include "core/error.h"
#include "supernet/torch/weight_view.h"

namespace tailor::supernet {
namespace {

constexpr int64_t kAlign = 16;  // floats: one cache line

/// The references of a node and the matrices that their steps name.
std::vector<WeightRef> all_references(const WeightRef& ref) {
  std::vector<WeightRef> out = {ref};
  for (const WeightStep& step : ref.steps) out.push_back(matrix_reference(step));
  return out;
}

/// Standard deviation of OFA's he_fout: sqrt(2 / (kh * kw * out)).
double fan_out_deviation(const Shape& shape) {
  double taps = 1;
  for (size_t d = 2; d < shape.size(); ++d) taps *= static_cast<double>(shape[d]);
  return std::sqrt(2.0 / (taps * static_cast<double>(shape[0])));
}

/// Draws one element.
double draw(const Parameter& p, Rng& rng) {
  switch (p.init) {
    case Init::fan_out:
      return rng.normal() * fan_out_deviation(p.shape);
    case Init::fan_in:
      return (2 * rng.uniform() - 1) / std::sqrt(static_cast<double>(p.shape.back()));
    default:
      return draw_initial(p.init, rng);
  }
}

void fill(at::Tensor view, const Parameter& p, Rng rng) {
  if (p.init == Init::zeros) {
    view.zero_();
  } else if (p.init == Init::ones) {
    view.fill_(1);
  } else if (p.init == Init::identity) {
    view.copy_(at::eye(p.shape[0]));
  } else {
    auto* out = view.data_ptr<float>();
    for (int64_t i = 0; i < view.numel(); ++i) out[i] = static_cast<float>(draw(p, rng));
  }
}

}  // namespace

ParameterStore::ParameterStore(std::span<const NetworkSpec> networks) {
  int64_t sizes[2] = {0, 0};
  auto add = [&](const WeightRef& ref, const std::string& node) {
    const Shape shape = ref.full_shape();
    auto [it, fresh] = index_.emplace(ref.name, parameters_.size());
    if (!fresh) {
      const Shape& known = parameters_[it->second].shape;
      if (known != shape) {
        throw ShapeError(str("node '", node, "': parameter '", ref.name, "' is ", shape_text(shape),
                             " here and ", shape_text(known), " elsewhere"));
      }
      return;
    }
    Parameter p{ref.name, shape, ref.role, ref.init, 0};
    int64_t& size = sizes[p.trainable() ? 0 : 1];
    p.offset = size;
    size += (numel(shape) + kAlign - 1) / kAlign * kAlign;
    parameters_.push_back(std::move(p));
  };
  for (const NetworkSpec& spec : networks) {
    for (const BlockUse& use : spec.blocks) {
      for (const Node& node : use.block->nodes) {
        for (const WeightRef& ref : node.weights) {
          for (const WeightRef& each : all_references(ref)) add(each, node.name);
        }
      }
    }
  }
  values_ = at::zeros({sizes[0]});
  buffers_ = at::zeros({sizes[1]});
}

ParameterStore ParameterStore::of_space(const SearchSpace& space) {
  std::vector<NetworkSpec> networks;
  for (const Arch& arch : space.covering()) networks.push_back(space.lower(arch));
  return ParameterStore(networks);
}

void ParameterStore::initialise(const Rng& rng) {
  for (const Parameter& p : parameters_) fill(view(p.name), p, rng.fork("init." + p.name));
}

void ParameterStore::freeze(const std::function<bool(const Parameter&)>& chosen) {
  for (Parameter& p : parameters_) p.frozen = chosen(p);
}

const Parameter& ParameterStore::parameter(const std::string& name) const {
  auto it = index_.find(name);
  if (it == index_.end()) {
    std::vector<std::string> known;
    for (const Parameter& p : parameters_) known.push_back(p.name);
    throw Error(str("the store has no parameter '", name, "'; nearest: '", nearest(name, known),
                    "'; was it made from another space?"));
  }
  return parameters_[it->second];
}

at::Tensor ParameterStore::view_in(const at::Tensor& flat, const Parameter& p) const {
  return flat.narrow(0, p.offset, numel(p.shape)).view(p.shape);
}

at::Tensor ParameterStore::view(const std::string& name) const {
  const Parameter& p = parameter(name);
  return view_in(p.trainable() ? values_ : buffers_, p);
}

at::Tensor ParameterStore::zeros_like_values() const { return at::zeros_like(values_); }

ParameterStore ParameterStore::clone() const {
  ParameterStore out = *this;
  out.values_ = values_.clone();
  out.buffers_ = buffers_.clone();
  return out;
}

ParameterStore ParameterStore::converted(at::ScalarType type) const {
  ParameterStore out = *this;
  out.values_ = values_.to(type, false, true);
  out.buffers_ = buffers_.to(type, false, true);
  return out;
}

TensorFile ParameterStore::to_file() const {
  TensorFile file;
  for (const Parameter& p : parameters_) file.tensors.emplace(p.name, to_host(view(p.name)));
  return file;
}

void ParameterStore::load(const TensorFile& file) {
  std::vector<std::string> wrong;
  for (const Parameter& p : parameters_) {
    auto it = file.tensors.find(p.name);
    if (it == file.tensors.end()) {
      wrong.push_back("missing " + p.name);
    } else if (it->second.shape != p.shape || it->second.dtype != DType::f32) {
      wrong.push_back(str(p.name, " is ", dtype_name(it->second.dtype),
                          shape_text(it->second.shape), ", needs F32", shape_text(p.shape)));
    }
  }
  for (const auto& [name, tensor] : file.tensors) {
    if (!index_.count(name)) wrong.push_back("unknown " + name);
  }
  if (!wrong.empty()) {
    const size_t shown = std::min<size_t>(wrong.size(), 5);
    throw IoError(str(file.source, ": ", wrong.size(), " tensors do not fit this network: ",
                      join(std::vector<std::string>(
                               wrong.begin(), wrong.begin() + static_cast<std::ptrdiff_t>(shown)),
                           "; "),
                      shown < wrong.size() ? "; ..." : ""));
  }
  for (const Parameter& p : parameters_) view(p.name).copy_(from_host(file.at(p.name)));
}

int64_t ParameterStore::load_known(const TensorFile& file) {
  int64_t taken = 0;
  for (const Parameter& p : parameters_) {
    const auto it = file.tensors.find(p.name);
    if (it == file.tensors.end()) continue;
    if (it->second.shape != p.shape || it->second.dtype != DType::f32) {
      throw IoError(str(file.source, ": tensor '", p.name, "' is ", dtype_name(it->second.dtype),
                        shape_text(it->second.shape), ", needs F32", shape_text(p.shape)));
    }
    view(p.name).copy_(from_host(it->second));
    ++taken;
  }
  return taken;
}

HostTensor to_host(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  return HostTensor::from_floats(plain.sizes().vec(),
                                 {plain.data_ptr<float>(), static_cast<size_t>(plain.numel())});
}

at::Tensor from_host(const HostTensor& host) {
  at::Tensor out = at::empty(host.shape);
  const auto floats = host.floats();
  std::memcpy(out.data_ptr<float>(), floats.data(), floats.size() * sizeof(float));
  return out;
}

}  // namespace tailor::supernet
