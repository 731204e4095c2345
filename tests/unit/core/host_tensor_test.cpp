#include "core/error.h"
#include "core/tensor_file.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

TEST_CASE("dtypes have sizes and names") {
  CHECK(dtype_bytes(DType::f64) == 8);
  CHECK(dtype_bytes(DType::boolean) == 1);
  CHECK(dtype_name(DType::bf16) == "BF16");
  CHECK(test::error_text<Error>([] { dtype_bytes(static_cast<DType>(99)); }) ==
        "a tensor's dtype is not one of DType");
}

TEST_CASE("sizes that do not fit are told") {
  int64_t bytes = 0;
  CHECK((tensor_bytes(DType::f32, {2, 3}, bytes) && bytes == 24));
  CHECK((tensor_bytes(DType::f64, {}, bytes) && bytes == 8));
  CHECK_FALSE(tensor_bytes(DType::u8, {int64_t{1} << 62, 4}, bytes));
  CHECK_FALSE(tensor_bytes(DType::u8, {-1}, bytes));
}

TEST_CASE("tensors hold zeros or the floats given") {
  const HostTensor zeros = HostTensor::zeros(DType::f32, {2, 2});
  CHECK(zeros.numel() == 4);
  CHECK(zeros.floats()[3] == 0);
  HostTensor tensor = HostTensor::from_floats({2}, std::vector<float>{1, 2});
  tensor.floats()[0] = 5;
  CHECK(std::as_const(tensor).floats()[0] == 5);
  CHECK(HostTensor::from_floats({0}, {}).numel() == 0);
}

TEST_CASE("tensors that make no sense are not made") {
  CHECK_THROWS_AS(HostTensor::zeros(DType::f32, {-1}), Error);
  CHECK_THROWS_AS(HostTensor::from_floats({2}, std::vector<float>{1}), Error);
  CHECK(test::error_text<Error>([] { HostTensor::zeros(DType::u8, {1}).floats(); }) ==
        "a tensor of F32 is needed, got U8");
}
