// Layouts, post-ops and products with weights; the other operations are in onednn_operations.cpp.
#include "hardware_profiles/backends/onednn_lowering.h"

#include <utility>

#include "core/error.h"
#include "supernet/ops/conv2d.h"
#include "supernet/ops/linear.h"

namespace tailor::hw {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kFloat = dnnl::memory::data_type::f32;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

/// [O, I/g, kh, kw] -> [g, O/g, I/g, kh, kw] where there are groups.
Shape grouped(const Shape& weight, int64_t groups) {
  if (groups == 1) return weight;
  return {groups, weight[0] / groups, weight[1], weight[2], weight[3]};
}

}  // namespace

OnednnLowering::OnednnLowering(const FusedNetwork& network, const TensorFile& weights,
                               OnednnLayout layout, DnnlGraph& graph)
    : network_(network),
      weights_(weights),
      layout_(layout),
      graph_(graph),
      last_readers_(last_readers(network)),
      values_(network.shapes.size(), -1),
      copies_(network.shapes.size(), -1),
      shared_(network.shapes.size(), false) {}

void OnednnLowering::run() {
  for (const FusedStep& step : network_.steps) {
    try {
      lower(step);
    } catch (const dnnl::error& error) {
      throw DeviceError(str("onednn: node '", step.node->name, "', ", step.node->op->text(), ": ",
                            error.message, " (status ", static_cast<int>(error.status), ")"));
    }
  }
  for (size_t i = 0; i < network_.inputs; ++i) inputs_.push_back(value(static_cast<int>(i)));
  for (int value : inputs_) graph_.keep(value);
  graph_.keep(output());
}

bool OnednnLowering::dies(int value, const FusedStep& step) const {
  const int last = last_readers_[static_cast<size_t>(value)];
  return value >= static_cast<int>(network_.inputs) && !shared_[static_cast<size_t>(value)] &&
         last >= 0 && last < static_cast<int>(network_.steps.size()) &&
         &network_.steps[static_cast<size_t>(last)] == &step;
}

DnnlDesc OnednnLowering::open(const Shape& shape) const {
  const bool last = layout_ == OnednnLayout::nhwc && shape.size() == 4;
  return {shape, kFloat, last ? Tag::nhwc : Tag::any};
}

DnnlDesc OnednnLowering::usual(const Shape& shape) const {
  if (shape.size() != 4) return dnnl_plain(shape);
  if (layout_ == OnednnLayout::nhwc) return {shape, kFloat, Tag::nhwc};
  const int64_t channels = shape[1];
  const dnnl::convolution_forward::primitive_desc pd(
      graph_.engine(), kInference, dnnl::algorithm::convolution_direct, open(shape),
      {{channels, channels, 1, 1}, kFloat, Tag::any}, open(shape), {1, 1}, {0, 0}, {0, 0});
  return pd.src_desc();
}

int OnednnLowering::value(int network_value) {
  if (!known(network_value)) return value(network_value, usual(shape(network_value)));
  return values_[static_cast<size_t>(network_value)];
}

int OnednnLowering::value(int network_value, const DnnlDesc& desc) {
  int& known = values_[static_cast<size_t>(network_value)];
  if (known < 0) known = graph_.add_value(desc);
  if (graph_.desc(known) == desc) return known;
  int& copy = copies_[static_cast<size_t>(network_value)];
  if (copy < 0 || graph_.desc(copy) != desc) copy = graph_.in_layout(known, desc);
  return copy;
}

OnednnLowering::Epilogue OnednnLowering::epilogue(const FusedStep& step, dnnl::post_ops ops) {
  Epilogue out;
  for (const PostOp& op : step.post_ops) {
    if (!op.function.empty()) {
      const DnnlFunction f = dnnl_function(op.function);
      ops.append_eltwise(f.algorithm, f.alpha, f.beta);
      continue;
    }
    if (out.in_place_of < 0 && dies(op.value, step)) {
      ops.append_sum();
      out.in_place_of = op.value;
      continue;
    }
    // Its layout is the result's, whichever the kernel chooses.
    ops.append_binary(dnnl::algorithm::binary_add,
                      {shape(op.value), kFloat, dnnl::memory::format_tag::any});
    out.added.emplace_back(DNNL_ARG_ATTR_MULTIPLE_POST_OP(ops.len() - 1) | DNNL_ARG_SRC_1,
                           op.value);
  }
  out.attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  out.attr.set_post_ops(ops);
  return out;
}

void OnednnLowering::finish(const FusedStep& step, DnnlCall call, Epilogue epilogue,
                            const DnnlDesc& result) {
  if (epilogue.in_place_of >= 0) epilogue.in_place = value(epilogue.in_place_of, result);
  for (const auto& [argument, added] : epilogue.added) {
    call.values.emplace_back(argument, value(added, result));
  }
  const int output = epilogue.in_place >= 0 ? graph_.add_view(epilogue.in_place, result)
                                            : graph_.add_value(result);
  call.values.emplace_back(DNNL_ARG_DST, output);
  call.name = step.node->name;
  graph_.add_call(std::move(call));
  values_[static_cast<size_t>(step.output)] = output;
}

void OnednnLowering::convolution(const FusedStep& step) {
  const auto& op = static_cast<const Conv2d&>(*step.node->op);
  const FoldedWeights folded = fold_weights(step, weights_);
  const Shape &in = shape(step.inputs[0]), &out = shape(step.output);
  const Shape kernel = {folded.shape[2], folded.shape[3]};
  const Shape weight = grouped(folded.shape, op.groups);
  Shape after;  // padding that the last window reaches; may be less than before the first
  for (size_t d = 0; d < 2; ++d) {
    after.push_back((out[2 + d] - 1) * op.stride + kernel[d] - in[2 + d] - op.padding);
  }
  const DnnlDesc bias = folded.bias.empty() ? DnnlDesc() : dnnl_plain({out[1]});
  Epilogue post = epilogue(step);
  const dnnl::convolution_forward::primitive_desc pd(
      graph_.engine(), kInference, dnnl::algorithm::convolution_direct, open(in),
      {weight, kFloat, Tag::any}, bias, open(out), {op.stride, op.stride}, {op.padding, op.padding},
      after, post.attr);
  DnnlCall call{dnnl::convolution_forward(pd), pd.scratchpad_desc(), {}, {}};
  call.values.emplace_back(DNNL_ARG_SRC, value(step.inputs[0], pd.src_desc()));
  call.constants.emplace_back(
      DNNL_ARG_WEIGHTS, graph_.constant(dnnl_plain(weight), folded.weight, pd.weights_desc()));
  if (!folded.bias.empty())
    call.constants.emplace_back(DNNL_ARG_BIAS, graph_.constant(bias, folded.bias, bias));
  finish(step, std::move(call), std::move(post), pd.dst_desc());
}

void OnednnLowering::linear(const FusedStep& step) {
  const FoldedWeights folded = fold_weights(step, weights_);
  const Shape &in = shape(step.inputs[0]), &out = shape(step.output);
  // Rows: oneDNN's inner product takes [N, I].
  const Shape rows_in = {numel(in) / in.back(), in.back()};
  const Shape rows_out = {rows_in[0], out.back()};
  const DnnlDesc bias = folded.bias.empty() ? DnnlDesc() : dnnl_plain({out.back()});
  int x = value(step.inputs[0], dnnl_plain(in));
  if (in.size() != 2) x = graph_.add_view(x, dnnl_plain(rows_in));
  Epilogue post = epilogue(step);
  const dnnl::inner_product_forward::primitive_desc pd(
      graph_.engine(), kInference, dnnl_plain(rows_in), {folded.shape, kFloat, Tag::any}, bias,
      dnnl_plain(rows_out), post.attr);
  DnnlCall call{dnnl::inner_product_forward(pd), pd.scratchpad_desc(), {}, {}};
  call.values.emplace_back(DNNL_ARG_SRC, x);
  call.constants.emplace_back(DNNL_ARG_WEIGHTS, graph_.constant(dnnl_plain(folded.shape),
                                                                folded.weight, pd.weights_desc()));
  if (!folded.bias.empty())
    call.constants.emplace_back(DNNL_ARG_BIAS, graph_.constant(bias, folded.bias, bias));
  finish(step, std::move(call), std::move(post), pd.dst_desc());
  int& result = values_[static_cast<size_t>(step.output)];
  if (out.size() != 2) result = graph_.add_view(result, dnnl_plain(out));
}

}  // namespace tailor::hw
