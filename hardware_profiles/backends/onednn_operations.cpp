// Operations without a product: elementwise, norms, pooling, layout.
#include <algorithm>
#include <map>

#include "core/error.h"
#include "hardware_profiles/backends/onednn_lowering.h"
#include "supernet/ops/activation.h"
#include "supernet/ops/layout.h"
#include "supernet/ops/norms.h"
#include "supernet/ops/pool.h"

namespace tailor::hw {
namespace {

using dnnl::algorithm;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

}  // namespace

DnnlFunction dnnl_function(const std::string& name) {
  constexpr float kSixth = 1.0F / 6;  // h_sigmoid(x) = clip(x / 6 + 1 / 2, 0, 1)
  static const std::map<std::string, DnnlFunction> all = {
      {"relu", {algorithm::eltwise_relu}},
      {"relu6", {algorithm::eltwise_clip, 0, 6}},
      {"h_swish", {algorithm::eltwise_hardswish, kSixth, 0.5F}},
      {"h_sigmoid", {algorithm::eltwise_hardsigmoid, kSixth, 0.5F}},
      {"sigmoid", {algorithm::eltwise_logistic}},
      {"silu", {algorithm::eltwise_swish, 1}},
      {"gelu", {algorithm::eltwise_gelu_erf}},
      {"tanh", {algorithm::eltwise_tanh}},
  };
  const auto it = all.find(name);
  if (it == all.end()) throw DeviceError(str("onednn: no activation '", name, "'"));
  return it->second;
}

void OnednnLowering::lower(const FusedStep& step) {
  using Member = void (OnednnLowering::*)(const FusedStep&);
  static const std::map<std::string_view, Member> all = {
      {"activation", &OnednnLowering::activation},
      {"add", &OnednnLowering::sum},
      {"batch_norm", &OnednnLowering::batch_norm},
      {"channel_shuffle", &OnednnLowering::channel_shuffle},
      {"concat", &OnednnLowering::concat},
      {"conv2d", &OnednnLowering::convolution},
      {"global_avg_pool", &OnednnLowering::global_pool},
      {"layer_norm", &OnednnLowering::layer_norm},
      {"linear", &OnednnLowering::linear},
      {"multiply", &OnednnLowering::product},
      {"pool", &OnednnLowering::pool},
      {"resample", &OnednnLowering::resample},
      {"reshape", &OnednnLowering::reshape},
  };
  const auto it = all.find(step.kind());
  if (it == all.end()) {
    throw DeviceError(str("onednn: node '", step.node->name, "' is a ", step.kind(),
                          ", which this backend cannot run; profile with cpu_torch"));
  }
  (this->*it->second)(step);
}

void OnednnLowering::activation(const FusedStep& step) {
  const DnnlFunction f = dnnl_function(static_cast<const Activation&>(*step.node->op).function);
  const int x = value(step.inputs[0]);
  Epilogue post = epilogue(step);
  if (dies(step.inputs[0], step)) post.in_place = x;
  const dnnl::eltwise_forward::primitive_desc pd(graph_.engine(), kInference, f.algorithm,
                                                 graph_.desc(x), graph_.desc(x), f.alpha, f.beta,
                                                 post.attr);
  finish(step, {dnnl::eltwise_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, x}}, {}},
         std::move(post), pd.dst_desc());
}

void OnednnLowering::channel_shuffle(const FusedStep& step) {
  const auto groups = static_cast<const ChannelShuffle&>(*step.node->op).groups;
  const int x = value(step.inputs[0]);
  Epilogue post = epilogue(step);
  // oneDNN's group is what stays together: the channels of one group.
  const auto channels = step.node->shape.at(1);
  const dnnl::shuffle_forward::primitive_desc pd(graph_.engine(), kInference, graph_.desc(x),
                                                 graph_.desc(x), 1,
                                                 static_cast<int>(channels / groups), post.attr);
  finish(step, {dnnl::shuffle_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, x}}, {}},
         std::move(post), pd.dst_desc());
}

void OnednnLowering::binary(const FusedStep& step, algorithm kind, int a, int b, Epilogue post) {
  if (dies(step.inputs[0], step)) post.in_place = a;
  const dnnl::binary::primitive_desc pd(graph_.engine(), kind, graph_.desc(a), graph_.desc(b),
                                        graph_.desc(a), post.attr);
  finish(step,
         {dnnl::binary(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC_0, a}, {DNNL_ARG_SRC_1, b}}, {}},
         std::move(post), pd.dst_desc());
}

void OnednnLowering::sum(const FusedStep& step) {
  const int first = value(step.inputs[0]);
  dnnl::post_ops more;
  Epilogue post;
  for (size_t i = 2; i < step.inputs.size(); ++i) {
    more.append_binary(algorithm::binary_add, graph_.desc(first));
    post.added.emplace_back(DNNL_ARG_ATTR_MULTIPLE_POST_OP(more.len() - 1) | DNNL_ARG_SRC_1,
                            step.inputs[i]);
  }
  post.attr = epilogue(step, more).attr;
  binary(step, algorithm::binary_add, first, value(step.inputs[1], graph_.desc(first)),
         std::move(post));
}

void OnednnLowering::product(const FusedStep& step) {
  binary(step, algorithm::binary_mul, value(step.inputs[0]), value(step.inputs[1]), epilogue(step));
}

void OnednnLowering::batch_norm(const FusedStep& step) {
  const ChannelAffine norm = norm_affine(*step.node, weights_);
  const int x = value(step.inputs[0]);
  Shape channels(shape(step.inputs[0]).size(), 1);
  channels[1] = static_cast<int64_t>(norm.scale.size());
  const DnnlDesc vector = dnnl_plain(channels);
  dnnl::post_ops shift;
  shift.append_binary(algorithm::binary_add, vector);
  Epilogue post = epilogue(step, shift);
  if (dies(step.inputs[0], step)) post.in_place = x;
  const dnnl::binary::primitive_desc pd(graph_.engine(), algorithm::binary_mul, graph_.desc(x),
                                        vector, graph_.desc(x), post.attr);
  DnnlCall call{dnnl::binary(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC_0, x}}, {}};
  call.constants.emplace_back(DNNL_ARG_SRC_1, graph_.constant(vector, norm.scale, vector));
  call.constants.emplace_back(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1,
                              graph_.constant(vector, norm.shift, vector));
  finish(step, std::move(call), std::move(post), pd.dst_desc());
}

void OnednnLowering::layer_norm(const FusedStep& step) {
  using Flags = dnnl::normalization_flags;
  const Node& node = *step.node;
  const DnnlDesc plain = dnnl_plain(shape(step.output));
  const int x = value(step.inputs[0], plain);
  Epilogue post = epilogue(step);
  const dnnl::layer_normalization_forward::primitive_desc pd(
      graph_.engine(), kInference, plain, plain,
      static_cast<float>(static_cast<const LayerNorm&>(*node.op).eps),
      Flags::use_scale | Flags::use_shift, post.attr);
  DnnlCall call{
      dnnl::layer_normalization_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, x}}, {}};
  const DnnlDesc vector = dnnl_plain({shape(step.output).back()});
  for (const auto& [argument, role] :
       {std::pair{DNNL_ARG_SCALE, Role::scale}, std::pair{DNNL_ARG_SHIFT, Role::shift}}) {
    call.constants.emplace_back(
        argument, graph_.constant(vector, weights_.at(node.weight(role)->name).floats(), vector));
  }
  finish(step, std::move(call), std::move(post), pd.dst_desc());
}

void OnednnLowering::window_pool(const FusedStep& step, algorithm kind, const Shape& kernel,
                                 int64_t stride, int64_t padding) {
  const Shape &in = shape(step.inputs[0]), &out = shape(step.output);
  const int x = value(step.inputs[0]);
  Shape after;  // beyond the map where the last window reaches, or short of its end
  for (size_t d = 0; d < 2; ++d) {
    after.push_back((out[2 + d] - 1) * stride + kernel[d] - in[2 + d] - padding);
  }
  Epilogue post = epilogue(step);
  const dnnl::pooling_forward::primitive_desc pd(graph_.engine(), kInference, kind, graph_.desc(x),
                                                 open(out), {stride, stride}, kernel, {0, 0},
                                                 {padding, padding}, after, post.attr);
  finish(step, {dnnl::pooling_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, x}}, {}},
         std::move(post), pd.dst_desc());
}

void OnednnLowering::pool(const FusedStep& step) {
  const auto& op = static_cast<const Pool&>(*step.node->op);
  const auto kind =
      op.mode == "max" ? algorithm::pooling_max : algorithm::pooling_avg_exclude_padding;
  window_pool(step, kind, {op.kernel, op.kernel}, op.stride, op.padding);
}

void OnednnLowering::global_pool(const FusedStep& step) {
  const Shape& in = shape(step.inputs[0]);
  window_pool(step, algorithm::pooling_avg_exclude_padding, {in[2], in[3]}, 1, 0);
}

void OnednnLowering::resample(const FusedStep& step) {
  const auto& op = static_cast<const Resample&>(*step.node->op);
  const bool nearest = op.mode == "nearest";
  if (nearest && op.down != 1) {
    throw DeviceError(str("onednn: node '", step.node->name, "': nearest resampling by ", op.up,
                          "/", op.down, " rounds otherwise in oneDNN than in the network; profile ",
                          "with cpu_torch"));
  }
  const int x = value(step.inputs[0]);
  Epilogue post = epilogue(step);
  const dnnl::resampling_forward::primitive_desc pd(
      graph_.engine(), kInference,
      nearest ? algorithm::resampling_nearest : algorithm::resampling_linear, graph_.desc(x),
      open(shape(step.output)), post.attr);
  finish(step, {dnnl::resampling_forward(pd), pd.scratchpad_desc(), {{DNNL_ARG_SRC, x}}, {}},
         std::move(post), pd.dst_desc());
}

void OnednnLowering::concat(const FusedStep& step) {
  const auto axis = static_cast<int>(static_cast<const Concat&>(*step.node->op).axis);
  std::vector<DnnlDesc> sources;
  DnnlCall call;
  for (size_t i = 0; i < step.inputs.size(); ++i) {
    const int x = value(step.inputs[i]);
    sources.push_back(graph_.desc(x));
    call.values.emplace_back(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), x);
  }
  Epilogue post = epilogue(step);
  const dnnl::concat::primitive_desc pd(graph_.engine(), axis, sources, post.attr);
  call.primitive = dnnl::concat(pd);
  call.scratchpad = pd.scratchpad_desc();
  finish(step, std::move(call), std::move(post), pd.dst_desc());
}

void OnednnLowering::reshape(const FusedStep& step) {
  const Shape &from = shape(step.inputs[0]), &to = shape(step.output);
  const int x = value(step.inputs[0]);
  const DnnlDesc plain = dnnl_plain(from), &now = graph_.desc(x);
  // A map of one pixel lies as its channels do, whatever the layout, unless blocks are filled up.
  const bool pixel = from.size() == 4 && from[2] == 1 && from[3] == 1 &&
                     now.get_inner_nblks() <= 1 && now.get_size() == plain.get_size();
  if (!dies(step.inputs[0], step)) {
    shared_[static_cast<size_t>(step.inputs[0])] = shared_[static_cast<size_t>(step.output)] = true;
  }
  values_[static_cast<size_t>(step.output)] =
      graph_.add_view(pixel ? x : graph_.in_layout(x, plain), dnnl_plain(to));
}

}  // namespace tailor::hw
