// How each operation is written in TorchScript.
#include "supernet/export/script_emitters.h"

#include <map>

#include "core/error.h"
#include "supernet/export/emitter_table.h"
#include "supernet/export/python_names.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/elementwise.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/linear.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"

namespace tailor {

std::string ScriptCall::weight(Role role) const {
  return node.has(role) ? str(module, ".", torch_name(role)) : "None";
}

namespace {

std::string twice(int64_t value) { return str("[", value, ", ", value, "]"); }
const char* boolean(bool value) { return value ? "True" : "False"; }
/// A literal that TorchScript takes for a float, not an int.
std::string real(double value) { return str("float(", number(value), ")"); }

std::string emit_activation(const ScriptCall& c) {
  static const std::map<std::string, std::string> kCalls = {
      {"relu", "relu"},         {"relu6", "relu6"},
      {"h_swish", "hardswish"}, {"silu", "silu"},
      {"gelu", "gelu"},         {"h_sigmoid", "hardsigmoid"},
      {"tanh", "tanh"},         {"sigmoid", "sigmoid"},
      {"softplus", "softplus"}, {"log_sigmoid", "log_sigmoid"}};
  const std::string& function = c.node.op<Activation>().function;
  if (function == "identity") return c.arg();
  const auto found = kCalls.find(function);
  if (found == kCalls.end()) {
    throw Error(str("activation '", function, "' has no TorchScript emitter"));
  }
  return str("torch.", found->second, "(", c.arg(), ")");
}

std::string emit_add(const ScriptCall& c) { return join(c.node.args, " + "); }

std::string emit_batch_norm(const ScriptCall& c) {
  return str("torch.batch_norm(", c.arg(), ", ", c.weight(Role::scale), ", ", c.weight(Role::shift),
             ", ", c.weight(Role::running_mean), ", ", c.weight(Role::running_var),
             ", False, 0.0, ", real(c.node.op<BatchNorm>().eps), ", False)");
}

std::string emit_channel_shuffle(const ScriptCall& c) {
  return str("torch.channel_shuffle(", c.arg(), ", ", c.node.op<ChannelShuffle>().groups, ")");
}

std::string emit_concat(const ScriptCall& c) {
  return str("torch.cat([", join(c.node.args, ", "), "], ", c.node.op<Concat>().axis, ")");
}

std::string emit_conv2d(const ScriptCall& c) {
  const auto& op = c.node.op<Conv2d>();
  return str("torch.conv2d(", c.arg(), ", ", c.weight(Role::weight), ", ", c.weight(Role::bias),
             ", ", twice(op.stride), ", ", twice(op.padding), ", [1, 1], ", op.groups, ")");
}

std::string emit_global_avg_pool(const ScriptCall& c) {
  return str("torch.mean(", c.arg(), ", [2, 3], True)");
}

std::string emit_layer_norm(const ScriptCall& c) {
  return str("torch.layer_norm(", c.arg(), ", [", c.node.weight_shape(Role::scale)[0], "], ",
             c.weight(Role::scale), ", ", c.weight(Role::shift), ", ",
             real(c.node.op<LayerNorm>().eps), ")");
}

std::string emit_linear(const ScriptCall& c) {
  return str("torch.linear(", c.arg(), ", ", c.weight(Role::weight), ", ", c.weight(Role::bias),
             ")");
}

std::string emit_multiply(const ScriptCall& c) { return join(c.node.args, " * "); }

std::string emit_pool(const ScriptCall& c) {
  const auto& op = c.node.op<Pool>();
  const std::string window =
      str(c.arg(), ", ", twice(op.kernel), ", ", twice(op.stride), ", ", twice(op.padding), ", ");
  const char* ceil = boolean(op.ceil_mode != 0);
  if (op.mode == "max") return str("torch.max_pool2d(", window, "[1, 1], ", ceil, ")");
  return str("torch.avg_pool2d(", window, ceil, ", False)");
}

std::string emit_resample(const ScriptCall& c) {
  const Shape& out = c.node.node.node->shape;
  return str("torch.upsample_", c.node.op<Resample>().mode, "2d(", c.arg(), ", [", out[2], ", ",
             out[3], c.node.op<Resample>().mode == "bilinear" ? "], False)" : "])");
}

std::string emit_reshape(const ScriptCall& c) {
  return str("torch.reshape(", c.arg(), ", [torch.size(", c.arg(), ", 0), ",
             join(c.node.op<Reshape>().to, ", "), "])");
}

std::string emit_rms_norm(const ScriptCall& c) {
  return str("torch.rms_norm(", c.arg(), ", [", c.node.weight_shape(Role::scale)[0], "], ",
             c.weight(Role::scale), ", ", real(c.node.op<RmsNorm>().eps), ")");
}

/// The list of emitters.
const std::map<std::string_view, ScriptEmit*>& emitters() {
  static const std::map<std::string_view, ScriptEmit*> kEmitters = {
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

ScriptEmit* find_script_emitter(std::string_view kind) {
  return find_emitter(emitters(), kind, "TorchScript", "supernet/export/script_emitters.cpp");
}

}  // namespace tailor
