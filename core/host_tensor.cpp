// Element types and tensors in host memory, declared in core/tensor_file.h.
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/tensor_file.h"

namespace tailor {

namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  int64_t bytes;
};
constexpr DTypeInfo kDTypes[] = {
    {DType::f32, "F32", 4},   {DType::f64, "F64", 8},      {DType::f16, "F16", 2},
    {DType::bf16, "BF16", 2}, {DType::i64, "I64", 8},      {DType::i32, "I32", 4},
    {DType::u8, "U8", 1},     {DType::boolean, "BOOL", 1},
};

const DTypeInfo& info(DType dtype) {
  for (const DTypeInfo& entry : kDTypes) {
    if (entry.dtype == dtype) return entry;
  }
  throw Error("a tensor's dtype is not one of DType");
}

}  // namespace

int64_t dtype_bytes(DType dtype) { return info(dtype).bytes; }

std::string_view dtype_name(DType dtype) { return info(dtype).name; }

bool tensor_bytes(DType dtype, const std::vector<int64_t>& shape, int64_t& bytes) {
  bytes = dtype_bytes(dtype);
  for (const int64_t extent : shape) {
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return false;
  }
  return true;
}

int64_t HostTensor::numel() const {
  int64_t size = 0;
  TAILOR_CHECK(tensor_bytes(dtype, shape, size), "shape [", join(shape, ", "), "]");
  return size / dtype_bytes(dtype);
}

HostTensor HostTensor::zeros(DType dtype, std::vector<int64_t> shape) {
  HostTensor tensor{dtype, std::move(shape), {}};
  int64_t bytes = 0;
  TAILOR_CHECK(tensor_bytes(dtype, tensor.shape, bytes), "shape [", join(tensor.shape, ", "), "]");
  tensor.bytes.resize(static_cast<size_t>(bytes));
  return tensor;
}

HostTensor HostTensor::from_floats(std::vector<int64_t> shape, std::span<const float> values) {
  HostTensor tensor = zeros(DType::f32, std::move(shape));
  TAILOR_CHECK(values.size_bytes() == tensor.bytes.size(), values.size(), " values for shape [",
               join(tensor.shape, ", "), "]");
  if (!values.empty()) std::memcpy(tensor.bytes.data(), values.data(), values.size_bytes());
  return tensor;
}

std::span<const float> HostTensor::floats() const {
  if (dtype != DType::f32) throw Error(str("a tensor of F32 is needed, got ", dtype_name(dtype)));
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

std::span<float> HostTensor::floats() {
  const std::span<const float> view = std::as_const(*this).floats();
  return {const_cast<float*>(view.data()), view.size()};
}

}  // namespace tailor
