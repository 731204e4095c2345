// Sample networks for the tests of exports.
#include "tests/support/export_samples.h"

#include <cmath>
#include <functional>

#include "core/config_node.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"
#include "supernet/space/builder.h"
#include "supernet/space/passes.h"

namespace tailor::test {
namespace {

constexpr const char* kMobileNet = R"(
family: mobilenet
name: small_mobilenet
classes: 7
channels: 3
resolutions: [20, 28]
kernel_transform: true
stem: {width: 8, kernel: 3, stride: 2, activation: h_swish}
first: {width: 8, activation: relu6}
stages:
  - {width: 8, stride: 1, activation: relu6, squeeze_excite: true, kernel: [3, 5], expand: [2, 3],
     depth: [1, 2]}
  - {width: 16, stride: 2, activation: h_swish, squeeze_excite: true, kernel: [3, 5, 7],
     expand: [1, 3], depth: [1, 2]}
  - {width: 16, stride: 1, activation: silu, squeeze_excite: false, kernel: [0, 3], expand: [2],
     depth: [2]}
final_expand: {width: 32, activation: gelu}
feature_mix: {width: 24, activation: h_swish, after_pool: true}
)";

constexpr const char* kResNet = R"(
family: resnet
name: small_resnet
classes: 5
channels: 1
resolutions: [14, 17]
stem_width: 8
stem_stride: 1
stages:
  - {width: [4, 8], depth: [1, 2], stride: 1}
  - {width: [8, 12], depth: [1, 2], stride: 2}
)";

HostTensor random_weight(const WeightRef& ref, Rng rng) {
  const Shape shape = ref.used_shape();
  HostTensor tensor = HostTensor::zeros(DType::f32, shape);
  const double fan_in = static_cast<double>(numel(shape)) / static_cast<double>(shape[0]);
  for (float& value : tensor.floats()) {
    const double normal = rng.normal();
    switch (ref.role) {
      case Role::weight:
        value = static_cast<float>(normal * std::sqrt(2 / fan_in));
        break;
      case Role::scale:
      case Role::running_var:
        value = static_cast<float>(0.5 + rng.uniform());
        break;
      default:
        value = static_cast<float>(0.2 * normal);
        break;
    }
  }
  return tensor;
}

WeightRef weight(const std::string& name, Role role, const Shape& shape) {
  return whole_weight(name, role, Init::zeros, shape);
}

/// Collects networks of one block.
struct Samples {
  std::vector<std::pair<std::string, NetworkSpec>> all;

  using Fill = std::function<void(BlockBuilder&, Value)>;
  void network(const std::string& name, const Shape& input, const Fill& fill) {
    NetworkBuilder net(name, {}, nullptr);
    const int x = net.input(input);
    net.block("net", {}, {x}, [&](BlockBuilder& b) { fill(b, b.input()); });
    all.emplace_back(name, net.finish());
  }

  template <class T>
  void one(const std::string& name, const Shape& input, const T& op,
           const std::vector<WeightRef>& weights = {}) {
    network(name, input, [&](BlockBuilder& b, Value x) {
      b.add("node", std::make_shared<T>(op), {x}, weights);
    });
  }
};

Value act(BlockBuilder& b, const std::string& part, Value x, const std::string& function) {
  return b.add(part, std::make_shared<Activation>(function), {x});
}

std::vector<WeightRef> norm_weights(int64_t c) {
  return {weight("net.node.weight", Role::scale, {c}), weight("net.node.bias", Role::shift, {c}),
          weight("net.node.running_mean", Role::running_mean, {c}),
          weight("net.node.running_var", Role::running_var, {c})};
}

std::vector<WeightRef> matrix(const Shape& shape, bool bias, const std::string& name = "net.node") {
  std::vector<WeightRef> out = {weight(name + ".weight", Role::weight, shape)};
  if (bias) out.push_back(weight(name + ".bias", Role::bias, {shape[0]}));
  return out;
}

void add_convolutions(Samples& s) {
  s.one("conv2d_dense", {1, 6, 9, 8}, Conv2d(2, 1, 1), matrix({4, 6, 3, 3}, true));
  s.one("conv2d_grouped", {1, 6, 9, 8}, Conv2d(1, 2, 3), matrix({9, 2, 5, 5}, false));
  s.one("conv2d_depthwise", {1, 6, 9, 8}, Conv2d(2, 3, 6), matrix({6, 1, 7, 7}, true));
  s.one("conv2d_oblong", {1, 2, 9, 8}, Conv2d(1, 1, 1), matrix({3, 2, 3, 5}, false));
  s.one("linear", {1, 6}, Linear(), matrix({4, 6}, true));
  s.one("linear_no_bias", {1, 6}, Linear(), matrix({4, 6}, false));
  s.one("linear_tokens", {1, 5, 6}, Linear(), matrix({4, 6}, true));
  s.one("linear_tokens_no_bias", {1, 5, 6}, Linear(), matrix({4, 6}, false));
}

void add_norms(Samples& s) {
  s.one("batch_norm_map", {1, 5, 3, 4}, BatchNorm(1e-3, 0.01), norm_weights(5));
  s.one("batch_norm_tokens", {1, 5, 3}, BatchNorm(), norm_weights(5));
  s.one("batch_norm_flat", {1, 5}, BatchNorm(), norm_weights(5));
  const auto both = norm_weights(6);
  s.one("layer_norm", {1, 4, 6}, LayerNorm(), {both[0], both[1]});
  s.one("rms_norm", {1, 4, 6}, RmsNorm(), {both[0]});
  s.one("rms_norm_flat", {1, 6}, RmsNorm(), {both[0]});
}

void add_pools(Samples& s) {
  s.one("global_avg_pool", {1, 4, 3, 5}, GlobalAvgPool());
  for (const char* mode : {"max", "avg"}) {
    for (int64_t ceil_mode : {0, 1}) {
      for (const auto& [kernel, stride, padding] : std::vector<std::array<int64_t, 3>>{
               {2, 2, 0}, {3, 2, 1}, {3, 3, 1}, {2, 3, 1}, {5, 1, 2}}) {
        Pool pool;
        pool.mode = mode;
        pool.kernel = kernel;
        pool.stride = stride;
        pool.padding = padding;
        pool.ceil_mode = ceil_mode;
        s.one(str("pool_", mode, "_", kernel, stride, padding, ceil_mode), {1, 2, 8, 9}, pool);
      }
    }
  }
}

void add_layout(Samples& s) {
  for (const char* mode : {"nearest", "bilinear"}) {
    for (const auto& [up, down] : std::vector<std::array<int64_t, 2>>{
             {2, 1}, {3, 1}, {3, 2}, {1, 2}, {2, 3}, {6, 7}, {1, 1}}) {
      Resample op;
      op.mode = mode;
      op.up = up;
      op.down = down;
      s.one(str("resample_", mode, "_", up, "_", down), {1, 2, 11, 7}, op);
    }
  }
  Resample uneven;
  uneven.up = 6;
  uneven.down = 7;
  s.one("resample_nearest_126_108", {1, 2, 126, 7}, uneven);  // where Resize rounds differently
  s.one("reshape_flat", {1, 2, 3, 4}, Reshape());
  s.one("reshape_open", {1, 2, 3, 4}, Reshape({4, -1}));
  s.one("reshape_full", {1, 2, 3, 4}, Reshape({4, 3, 2}));
  s.one("channel_shuffle", {1, 6, 3, 4}, ChannelShuffle(2));
  for (int64_t axis : {1, 2}) {
    s.network(str("concat_", axis), {1, 2, 3, 4}, [&](BlockBuilder& b, Value x) {
      auto op = std::make_shared<Concat>();
      op->axis = axis;
      b.add("node", op, {x, act(b, "relu", x, "relu"), x});
    });
  }
}

void add_elementwise(Samples& s) {
  for (const std::string& function : activation_names()) {
    s.one("activation_" + function, {1, 3, 5, 7}, Activation(function));
  }
  s.network("add_2", {1, 2, 3, 4}, [](BlockBuilder& b, Value x) {
    b.add("node", std::make_shared<Add>(), {act(b, "relu", x, "relu"), x});
  });
  s.network("add_3", {1, 2, 3, 4}, [](BlockBuilder& b, Value x) {
    const Value relu = act(b, "relu", x, "relu"), tanh = act(b, "tanh", x, "tanh");
    b.add("node", std::make_shared<Add>(), {x, relu, tanh});
  });
  s.network("multiply_gate", {1, 2, 3, 4}, [](BlockBuilder& b, Value x) {
    const Value mean = b.add("mean", std::make_shared<GlobalAvgPool>(), {x});
    b.add("node", std::make_shared<Multiply>(), {x, act(b, "gate", mean, "h_sigmoid")});
  });
}

/// Names and wiring that an exporter could trip over.
void add_hard_cases(Samples& s) {
  s.network("one_layer_twice", {1, 4}, [](BlockBuilder& b, Value x) {
    for (const char* part : {"a", "b"}) {
      x = b.add(part, std::make_shared<Linear>(), {x}, matrix({4, 4}, true, "shared"));
    }
  });
  s.network("one_weight_two_layers", {1, 3, 4}, [](BlockBuilder& b, Value x) {
    x = b.add("a", std::make_shared<Linear>(), {x}, matrix({4, 4}, false, "shared"));
    std::vector<WeightRef> with_bias = matrix({4, 4}, false, "shared");
    with_bias.push_back(weight("other.bias", Role::bias, {4}));
    b.add("b", std::make_shared<Linear>(), {x}, with_bias);
  });
  s.network("hard_names", {1, 4}, [](BlockBuilder& b, Value x) {
    const std::vector<std::string> names = {"for.train", "input",  "a.b",        "a.b.c",
                                            "a",         "net.x",  "\"\"\"\n\\", "1x",
                                            "output",    "layer1", "forward"};
    for (const std::string& name : names) {
      x = b.add(name, std::make_shared<Linear>(), {x}, matrix({4, 4}, true, name));
      // Nodes called like a weight, like another node and like the graph's values.
      x = act(b, name + ".weight", x, "relu");
      x = act(b, name, x, "tanh");
    }
  });
  s.network("read_late", {1, 4}, [](BlockBuilder& b, Value x) {
    std::vector<Value> values = {x};
    for (const char* f : {"relu", "tanh", "sigmoid", "identity", "silu"}) {
      values.push_back(act(b, f, values.back(), f));
    }
    act(b, "never_read", values[2], "relu");
    b.add("sum", std::make_shared<Add>(), values);
  });
}

std::unique_ptr<SearchSpace> space_of(const char* yaml) {
  return make_space(ConfigNode::parse(yaml, "export_samples"));
}

}  // namespace

ExportedNetwork with_random_weights(const NetworkSpec& spec, const Rng& rng) {
  ExportedNetwork network;
  network.spec = standalone(spec);
  network.title = spec.name;
  for (const BlockUse& use : network.spec.blocks) {
    for (const Node& node : use.block->nodes) {
      for (const WeightRef& ref : node.weights) {
        network.weights.tensors[ref.name] = random_weight(ref, rng.fork(ref.name));
      }
    }
  }
  return network;
}

std::unique_ptr<SearchSpace> small_mobilenet() { return space_of(kMobileNet); }
std::unique_ptr<SearchSpace> small_resnet() { return space_of(kResNet); }

std::vector<std::pair<std::string, NetworkSpec>> operation_networks() {
  Samples samples;
  add_convolutions(samples);
  add_norms(samples);
  add_pools(samples);
  add_layout(samples);
  add_elementwise(samples);
  add_hard_cases(samples);
  return std::move(samples.all);
}

ExportedNetwork small_export() {
  const auto space = small_mobilenet();
  ExportedNetwork network = with_random_weights(space->lower(space->largest()), Rng(1));
  network.title = "shoes \"25 ms\"";
  network.card = {{"accuracy", "0.912"}, {"latency_ms", "24.5"}, {"device", "a | b"}};
  network.image_size = 28;
  network.channels = 3;
  network.mean = {0.485, 0.456, 0.406};
  network.std = {0.229, 0.224, 0.225};
  network.class_names = {"T-shirt/top", "caf\u00e9", "\"quoted\"", "back\\slash", "yes", "6", "7"};
  return network;
}

}  // namespace tailor::test
