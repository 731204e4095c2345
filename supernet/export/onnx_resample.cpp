// Resampling in ONNX, with PyTorch's choice of elements: nearest reads floor(i * in / out),
// bilinear uses half-pixel centres.
#include <algorithm>
#include <cmath>

#include "supernet/export/onnx_emitters.h"
#include "supernet/ops/layout.h"

namespace tailor {

OnnxEmit emit_resample;

namespace {

/// out / in, rounded up so that floor(in * scale), in float or double as runtimes compute the
/// output size, is `out`.
float resize_scale(int64_t in, int64_t out) {
  const auto size = static_cast<double>(in), target = static_cast<double>(out);
  auto scale = static_cast<float>(target / size);
  while (size * static_cast<double>(scale) < target) scale = std::nextafter(scale, 1e9f);
  return scale;
}

int64_t clamped_floor(float position, int64_t size) {
  return std::clamp<int64_t>(static_cast<int64_t>(std::floor(position)), 0, size - 1);
}

/// Elements that PyTorch's nearest reads. Source: pytorch, aten/src/ATen/native/UpSample.h
/// (nearest_neighbor_compute_source_index); float arithmetic on purpose.
std::vector<int64_t> torch_sources(int64_t in, int64_t out) {
  const float step = static_cast<float>(in) / static_cast<float>(out);
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < out; ++i) {
    sources.push_back(clamped_floor(static_cast<float>(i) * step, in));
  }
  return sources;
}

/// Elements that ONNX's Resize reads: asymmetric, floor.
std::vector<int64_t> resize_sources(int64_t in, int64_t out) {
  const float scale = resize_scale(in, out);
  std::vector<int64_t> sources;
  for (int64_t i = 0; i < out; ++i) {
    sources.push_back(clamped_floor(static_cast<float>(i) / scale, in));
  }
  return sources;
}

void emit_resize(OnnxEmitter& e, const OnnxAttrs& attrs) {
  const Shape &in = e.input_shape(), &out = e.output_shape();
  const std::string scales =
      e.floats("scales", {1, 1, resize_scale(in[2], out[2]), resize_scale(in[3], out[3])});
  e.result("Resize", {e.input(), "", scales}, attrs);
}

}  // namespace

void emit_resample(OnnxEmitter& e) {
  if (e.op<Resample>().mode == "bilinear") {
    return emit_resize(e, {{"mode", "linear"}, {"coordinate_transformation_mode", "half_pixel"}});
  }
  const Shape &in = e.input_shape(), &out = e.output_shape();
  const std::vector<int64_t> rows = torch_sources(in[2], out[2]);
  const std::vector<int64_t> columns = torch_sources(in[3], out[3]);
  if (rows == resize_sources(in[2], out[2]) && columns == resize_sources(in[3], out[3])) {
    return emit_resize(e, {{"mode", "nearest"},
                           {"coordinate_transformation_mode", "asymmetric"},
                           {"nearest_mode", "floor"}});
  }
  // Some fractional factors round differently there (126 -> 108): say which elements are meant.
  const std::string picked =
      e.step("rows", "Gather", {e.input(), e.integers("row_index", rows)}, {{"axis", int64_t{2}}});
  e.result("Gather", {picked, e.integers("column_index", columns)}, {{"axis", int64_t{3}}});
}

}  // namespace tailor
