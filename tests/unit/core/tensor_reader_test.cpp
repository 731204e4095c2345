// covers: core/tensor_header.cpp
#include "core/tensor_reader.h"

#include <cmath>
#include <cstring>
#include <numeric>

#include "core/error.h"
#include "core/file.h"
#include "core/float_bits.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

template <class T>
HostTensor tensor_of(DType dtype, const std::vector<T>& values) {
  HostTensor out = HostTensor::zeros(dtype, {static_cast<int64_t>(values.size())});
  std::memcpy(out.bytes.data(), values.data(), out.bytes.size());
  return out;
}

std::vector<float> read(const TensorReader& reader, const std::string& name) {
  const TensorPlace& place = reader.header().tensors.at(name);
  std::vector<float> out((place.end - place.begin) / static_cast<size_t>(dtype_bytes(place.dtype)));
  reader.read_floats(name, out);
  return out;
}

}  // namespace

TEST_CASE("half and bfloat16 numbers are what they stand for") {
  CHECK(half_to_float(0x3c00) == 1);
  CHECK(half_to_float(0xc500) == -5);
  CHECK(half_to_float(0x0001) == std::ldexp(1.0f, -24));
  CHECK(half_to_float(0x7bff) == 65504);
  CHECK(std::isinf(half_to_float(0xfc00)));
  CHECK(std::isnan(half_to_float(0x7e00)));
  CHECK(std::signbit(half_to_float(0x8000)));
  CHECK(bfloat_to_float(0x3f80) == 1);
  CHECK(bfloat_to_float(0xc0a0) == -5);
}

TEST_CASE("tensors of a file are read one by one as float32") {
  const test::TempDir dir;
  TensorFile file;
  file.metadata["format"] = "pt";
  file.tensors["f32"] = HostTensor::from_floats({2, 1}, std::vector<float>{1, -2});
  file.tensors["f64"] = tensor_of<double>(DType::f64, {0.5, 3});
  file.tensors["f16"] = tensor_of<uint16_t>(DType::f16, {0x3c00, 0xc500, 0x0000});
  std::vector<uint16_t> many(700'000);  // more than one piece
  std::iota(many.begin(), many.end(), uint16_t{0});
  for (uint16_t& bits : many) bits &= 0x7f7f;
  file.tensors["bf16"] = tensor_of<uint16_t>(DType::bf16, many);
  file.tensors["i64"] = HostTensor::zeros(DType::i64, {2});
  file.tensors["none"] = HostTensor::zeros(DType::bf16, {0, 3});
  file.save(dir.file("x.safetensors"));

  const TensorReader reader(dir.file("x.safetensors"));
  CHECK(reader.header().metadata == file.metadata);
  CHECK(reader.header().tensors.at("f32").shape == std::vector<int64_t>{2, 1});
  CHECK(read(reader, "f32") == std::vector<float>{1, -2});
  CHECK(read(reader, "f64") == std::vector<float>{0.5, 3});
  CHECK(read(reader, "f16") == std::vector<float>{1, -5, 0});
  CHECK(read(reader, "none").empty());
  const std::vector<float> back = read(reader, "bf16");
  bool same = true;
  for (size_t i = 0; i < many.size(); ++i) same &= back[i] == bfloat_to_float(many[i]);
  CHECK(same);
  CHECK(error_text<IoError>([&] { read(reader, "i64"); }) ==
        reader.path() + ": tensor 'i64': is I64, needs F32, F64, F16 or BF16");
}

TEST_CASE("a file that is cut off, absent or none of that kind is refused") {
  const test::TempDir dir;
  TensorFile file;
  file.tensors["w"] = HostTensor::zeros(DType::f32, {100});
  const std::string bytes = file.serialize(), path = dir.file("x.safetensors");
  const auto error = [&](const std::string& content) {
    write_file(path, content);
    return error_text<IoError>([&] { TensorReader{path}; });
  };
  CHECK(error(bytes.substr(0, bytes.size() - 1)) ==
        path + ": tensor 'w': ends at byte 400 of 399; the file is truncated");
  CHECK(error(bytes.substr(0, 20)).find("is truncated: the header has") != std::string::npos);
  CHECK(error("abc") == path + ": is too short for a safetensors file");
  CHECK(error(bytes + "x") == path + ": 1 bytes after the last tensor");
  CHECK(error_text<IoError>([&] { TensorReader{dir.file("none")}; }) ==
        dir.file("none") + ": cannot open: No such file or directory");
  CHECK(error_text<IoError>([&] { TensorReader{dir.file("")}; }).find("is not a file") !=
        std::string::npos);
}

TEST_CASE("a file that shrinks while it is read is an error") {
  const test::TempDir dir;
  TensorFile file;
  file.tensors["w"] = HostTensor::zeros(DType::f32, {100});
  file.save(dir.file("x"));
  TensorReader opened(dir.file("x"));
  const TensorReader reader(std::move(opened));
  std::filesystem::resize_file(dir.file("x"), 200);
  CHECK(error_text<IoError>([&] { read(reader, "w"); }) ==
        dir.file("x") + ": cannot read tensor 'w': the file ends inside it");
}
