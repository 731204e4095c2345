// How each operation is written in ONNX, opset 17.
#include "supernet/export/onnx_emitters.h"

#include <map>
#include <numbers>

#include "core/error.h"
#include "supernet/export/emitter_table.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"

namespace tailor {

OnnxEmit emit_resample;  // onnx_resample.cpp

namespace {

using Ints = std::vector<int64_t>;

void emit_gelu(OnnxEmitter& e) {
  const std::string scaled =
      e.step("scaled", "Mul", {e.input(), e.scalar("inverse_sqrt_2", std::numbers::sqrt2 / 2)});
  const std::string erf = e.step("erf", "Erf", {scaled});
  const std::string twice = e.step("erf_plus_1", "Add", {erf, e.scalar("one", 1)});
  const std::string half = e.step("half", "Mul", {e.input(), e.scalar("one_half", 0.5)});
  e.result("Mul", {half, twice});
}

void emit_activation(OnnxEmitter& e) {
  const std::string& function = e.op<Activation>().function;
  if (function == "identity") return e.result("Identity", {e.input()});
  if (function == "relu") return e.result("Relu", {e.input()});
  if (function == "sigmoid") return e.result("Sigmoid", {e.input()});
  if (function == "tanh") return e.result("Tanh", {e.input()});
  if (function == "softplus") return e.result("Softplus", {e.input()});
  if (function == "log_sigmoid") {
    const std::string negative = e.step("negative", "Neg", {e.input()});
    return e.result("Neg", {e.step("softplus", "Softplus", {negative})});
  }
  if (function == "h_swish") return e.result("HardSwish", {e.input()});
  if (function == "gelu") return emit_gelu(e);
  if (function == "relu6") {
    return e.result("Clip", {e.input(), e.scalar("min", 0), e.scalar("max", 6)});
  }
  if (function == "h_sigmoid") {
    return e.result("HardSigmoid", {e.input()}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
  }
  if (function == "silu") {
    return e.result("Mul", {e.input(), e.step("sigmoid", "Sigmoid", {e.input()})});
  }
  throw Error(str("activation '", function, "' has no ONNX emitter"));
}

/// ONNX's Sum takes any number of inputs; two are an Add, which more runtimes fuse.
void emit_add(OnnxEmitter& e) { e.result(e.input_count() == 2 ? "Add" : "Sum", e.inputs()); }

void emit_batch_norm(OnnxEmitter& e) {
  e.result("BatchNormalization",
           {e.input(), e.weight(Role::scale), e.weight(Role::shift), e.weight(Role::running_mean),
            e.weight(Role::running_var)},
           {{"epsilon", static_cast<float>(e.op<BatchNorm>().eps)}});
}

/// Groups and their channels become two dimensions that change places.
void emit_channel_shuffle(OnnxEmitter& e) {
  const int64_t groups = e.op<ChannelShuffle>().groups;
  const Shape& x = e.input_shape();
  const Ints apart = {0, groups, x[1] / groups, x[2], x[3]};
  const std::string split = e.step("split", "Reshape", {e.input(), e.integers("apart", apart)});
  const std::string turned = e.step("turn", "Transpose", {split}, {{"perm", Ints{0, 2, 1, 3, 4}}});
  e.result("Reshape", {turned, e.integers("together", {0, x[1], x[2], x[3]})});
}

void emit_concat(OnnxEmitter& e) {
  e.result("Concat", e.inputs(), {{"axis", e.op<Concat>().axis}});
}

void emit_conv2d(OnnxEmitter& e) {
  const auto& op = e.op<Conv2d>();
  const Shape w = e.weight_ref(Role::weight)->used_shape();
  e.result("Conv", {e.input(), e.weight(Role::weight), e.weight(Role::bias)},
           {{"kernel_shape", Ints{w[2], w[3]}},
            {"strides", Ints{op.stride, op.stride}},
            {"pads", Ints(4, op.padding)},
            {"dilations", Ints{1, 1}},
            {"group", op.groups}});
}

void emit_global_avg_pool(OnnxEmitter& e) { e.result("GlobalAveragePool", {e.input()}); }

void emit_layer_norm(OnnxEmitter& e) {
  e.result("LayerNormalization", {e.input(), e.weight(Role::scale), e.weight(Role::shift)},
           {{"axis", int64_t{-1}}, {"epsilon", static_cast<float>(e.op<LayerNorm>().eps)}});
}

void emit_linear(OnnxEmitter& e) {
  const std::string weight = e.weight(Role::weight), bias = e.weight(Role::bias);
  if (e.input_shape().size() == 2) {
    return e.result("Gemm", {e.input(), weight, bias}, {{"transB", int64_t{1}}});
  }
  // The weight stays as it is stored; runtimes fold the transposition.
  const std::string turned = e.step("weight", "Transpose", {weight}, {{"perm", Ints{1, 0}}});
  if (bias.empty()) return e.result("MatMul", {e.input(), turned});
  e.result("Add", {e.step("product", "MatMul", {e.input(), turned}), bias});
}

void emit_multiply(OnnxEmitter& e) { e.result("Mul", e.inputs()); }

/// Padding at the end of a dimension that makes the pooled size come out without ceil_mode, whose
/// meaning at the border differs between runtimes. Padded cells never count (nor does ceil_mode's
/// overhang in PyTorch).
int64_t end_padding(const Pool& op, int64_t in, int64_t out) {
  if (!op.ceil_mode) return op.padding;
  return std::max<int64_t>(0, (out - 1) * op.stride + op.kernel - in - op.padding);
}

void emit_pool(OnnxEmitter& e) {
  const auto& op = e.op<Pool>();
  const Shape &in = e.input_shape(), &out = e.output_shape();
  OnnxAttrs attrs = {{"kernel_shape", Ints{op.kernel, op.kernel}},
                     {"strides", Ints{op.stride, op.stride}},
                     {"pads", Ints{op.padding, op.padding, end_padding(op, in[2], out[2]),
                                   end_padding(op, in[3], out[3])}}};
  if (op.mode == "max") return e.result("MaxPool", {e.input()}, attrs);
  attrs.push_back({"count_include_pad", int64_t{0}});
  e.result("AveragePool", {e.input()}, attrs);
}

void emit_reshape(OnnxEmitter& e) {
  Ints to = {0};  // 0: the batch as it comes
  const Ints& rest = e.op<Reshape>().to;
  to.insert(to.end(), rest.begin(), rest.end());
  e.result("Reshape", {e.input(), e.integers("shape", to)});
}

void emit_rms_norm(OnnxEmitter& e) {
  const std::string square = e.step("square", "Mul", {e.input(), e.input()});
  const std::string mean = e.step("mean", "ReduceMean", {square}, {{"axes", Ints{-1}}});
  const std::string safe =
      e.step("mean_plus_eps", "Add", {mean, e.scalar("eps", e.op<RmsNorm>().eps)});
  const std::string root = e.step("root", "Sqrt", {safe});
  const std::string normed = e.step("normed", "Div", {e.input(), root});
  e.result("Mul", {normed, e.weight(Role::scale)});
}

/// The list of emitters.
const std::map<std::string_view, OnnxEmit*>& emitters() {
  static const std::map<std::string_view, OnnxEmit*> kEmitters = {
      {Activation::kKind, emit_activation},
      {Add::kKind, emit_add},
      {BatchNorm::kKind, emit_batch_norm},
      {ChannelShuffle::kKind, emit_channel_shuffle},
      {Concat::kKind, emit_concat},
      {Conv2d::kKind, emit_conv2d},
      {GlobalAvgPool::kKind, emit_global_avg_pool},
      {LayerNorm::kKind, emit_layer_norm},
      {Linear::kKind, emit_linear},
      {Multiply::kKind, emit_multiply},
      {Pool::kKind, emit_pool},
      {Resample::kKind, emit_resample},
      {Reshape::kKind, emit_reshape},
      {RmsNorm::kKind, emit_rms_norm},
  };
  return kEmitters;
}

}  // namespace

OnnxEmit* find_onnx_emitter(std::string_view kind) {
  return find_emitter(emitters(), kind, "ONNX", "supernet/export/onnx_emitters.cpp");
}

}  // namespace tailor
