// How each operation is written in PyTorch.
#include "supernet/export/python_emitters.h"

#include <map>

#include "core/error.h"
#include "supernet/export/emitter_table.h"
#include "supernet/export/python_sequence.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"

namespace tailor {
namespace {

PythonCode layer(std::string code) { return {.layer = std::move(code)}; }
PythonCode expression(std::string code) { return {.expression = std::move(code)}; }

/// One number where both are the same, else a pair.
std::string pair_text(int64_t a, int64_t b) { return a == b ? str(a) : str("(", a, ", ", b, ")"); }

PythonCode emit_activation(const PythonCall& c) {
  static const std::map<std::string, std::string> kCalls = {
      {"relu", "F.relu"},         {"relu6", "F.relu6"},
      {"h_swish", "F.hardswish"}, {"silu", "F.silu"},
      {"gelu", "F.gelu"},         {"h_sigmoid", "F.hardsigmoid"},
      {"tanh", "torch.tanh"},     {"sigmoid", "torch.sigmoid"},
      {"softplus", "F.softplus"}, {"log_sigmoid", "F.logsigmoid"}};
  const std::string& function = c.op<Activation>().function;
  if (function == "identity") return expression(c.args[0]);
  const auto found = kCalls.find(function);
  if (found == kCalls.end()) {
    throw Error(str("activation '", function, "' has no PyTorch emitter"));
  }
  return expression(str(found->second, "(", c.args[0], ")"));
}

PythonCode emit_add(const PythonCall& c) { return expression(join(c.args, " + ")); }

PythonCode emit_batch_norm(const PythonCall& c) {
  const auto& op = c.op<BatchNorm>();
  const size_t rank = c.input_shape().size();
  if (rank > 5) throw Error(str("batch norm of ", rank, " dimensions has no PyTorch layer"));
  const char* kind = rank == 5 ? "3d" : rank == 4 ? "2d" : "1d";
  return layer(str("nn.BatchNorm", kind, "(", c.weight_shape(Role::scale)[0],
                   ", eps=", number(op.eps), ", momentum=", number(op.momentum), ")"));
}

PythonCode emit_channel_shuffle(const PythonCall& c) {
  return expression(
      str("torch.channel_shuffle(", c.args[0], ", ", c.op<ChannelShuffle>().groups, ")"));
}

PythonCode emit_concat(const PythonCall& c) {
  return expression(str("torch.cat([", join(c.args, ", "), "], dim=", c.op<Concat>().axis, ")"));
}

PythonCode emit_conv2d(const PythonCall& c) {
  const auto& op = c.op<Conv2d>();
  const Shape w = c.weight_shape(Role::weight);
  std::string code = str("nn.Conv2d(", c.input_shape()[1], ", ", w[0], ", ", pair_text(w[2], w[3]));
  if (op.stride != 1) code += str(", stride=", op.stride);
  if (op.padding != 0) code += str(", padding=", op.padding);
  if (op.groups != 1) code += str(", groups=", op.groups);
  return layer(code + (c.has(Role::bias) ? ")" : ", bias=False)"));
}

PythonCode emit_global_avg_pool(const PythonCall& c) {
  return expression(str(c.args[0], ".mean((2, 3), keepdim=True)"));
}

PythonCode emit_layer_norm(const PythonCall& c) {
  return layer(str("nn.LayerNorm(", c.weight_shape(Role::scale)[0],
                   ", eps=", number(c.op<LayerNorm>().eps), ")"));
}

PythonCode emit_linear(const PythonCall& c) {
  const Shape w = c.weight_shape(Role::weight);
  return layer(str("nn.Linear(", w[1], ", ", w[0], c.has(Role::bias) ? ")" : ", bias=False)"));
}

PythonCode emit_multiply(const PythonCall& c) { return expression(join(c.args, " * ")); }

PythonCode emit_pool(const PythonCall& c) {
  const auto& op = c.op<Pool>();
  std::string code =
      str("F.", op.mode, "_pool2d(", c.args[0], ", ", op.kernel, ", stride=", op.stride);
  if (op.padding != 0) code += str(", padding=", op.padding);
  if (op.ceil_mode != 0) code += ", ceil_mode=True";
  return expression(code + (op.mode == "avg" ? ", count_include_pad=False)" : ")"));
}

PythonCode emit_resample(const PythonCall& c) {
  const auto& op = c.op<Resample>();
  const Shape& out = c.node.node->shape;
  return expression(str("F.interpolate(", c.args[0], ", size=(", out[2], ", ", out[3], "), mode=\"",
                        op.mode, op.mode == "bilinear" ? "\", align_corners=False)" : "\")"));
}

PythonCode emit_reshape(const PythonCall& c) {
  const std::vector<int64_t>& to = c.op<Reshape>().to;
  const std::string& x = c.args[0];
  if (to == std::vector<int64_t>{-1}) return expression(x + ".flatten(1)");
  return expression(str(x, ".reshape(", x, ".shape[0], ", join(to, ", "), ")"));
}

/// nn.RMSNorm is in PyTorch since 2.4.
PythonCode emit_rms_norm(const PythonCall& c) {
  return layer(str("nn.RMSNorm(", c.weight_shape(Role::scale)[0],
                   ", eps=", number(c.op<RmsNorm>().eps), ")"));
}

/// The list of emitters, with those of python_sequence.h.
const std::map<std::string_view, PythonEmit*>& emitters() {
  static const std::map<std::string_view, PythonEmit*> kEmitters = [] {
    std::map<std::string_view, PythonEmit*> all = {
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
    all.insert(python_sequence_emitters().begin(), python_sequence_emitters().end());
    return all;
  }();
  return kEmitters;
}

}  // namespace

PythonCall python_call(const FlatNetwork& network, const FlatNode& node,
                       const std::vector<std::string>& variables) {
  PythonCall call{network, node, {}};
  for (size_t input : node.inputs) call.args.push_back(variables[input]);
  return call;
}

PythonEmit* find_python_emitter(std::string_view kind) {
  return find_emitter(emitters(), kind, "PyTorch", "supernet/export/python_emitters.cpp");
}

}  // namespace tailor
