#include "core/tensor_file.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

/// A file of this header and so many zero bytes.
std::string file_of(const std::string& header, size_t data_bytes) {
  std::string out(8, '\0');
  for (size_t i = 0; i < 8; ++i) out[i] = static_cast<char>(uint64_t{header.size()} >> (8 * i));
  return out + header + std::string(data_bytes, '\0');
}

std::string parse_error(const std::string& bytes) {
  return error_text<IoError>([&] { TensorFile::parse(bytes, "t"); });
}

std::string header_error(const std::string& header, size_t data_bytes) {
  return parse_error(file_of(header, data_bytes));
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return "{\"a\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}}";
}

}  // namespace

TEST_CASE("tensors are written and read back") {
  const test::TempDir dir;
  TensorFile file;
  file.tensors["w"] = HostTensor::from_floats({2, 2}, std::vector<float>{1, 2, 3, 4});
  file.tensors["n"] = HostTensor::zeros(DType::i64, {});
  file.tensors["none"] = HostTensor::zeros(DType::bf16, {3, 0});
  file.metadata["format"] = "pt";
  file.save(dir.file("x.safetensors"));
  const TensorFile back = TensorFile::load(dir.file("x.safetensors"));
  CHECK(back.source == dir.file("x.safetensors"));
  CHECK(back.metadata == file.metadata);
  REQUIRE(back.tensors.size() == 3);
  CHECK(back.at("w").shape == std::vector<int64_t>{2, 2});
  CHECK(back.at("w").floats()[3] == 4);
  CHECK(back.at("n").numel() == 1);
  CHECK(back.at("n").dtype == DType::i64);
  CHECK(back.at("none").numel() == 0);
  CHECK(back.serialize() == file.serialize());
}

TEST_CASE("the bytes are those of the format") {
  TensorFile file;
  file.tensors["a"] = HostTensor::from_floats({1}, std::vector<float>{1});
  std::string header = R"({"a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string expected = file_of(header, 0);
  expected += std::string("\0\0\x80\x3f", 4);
  CHECK(file.serialize() == expected);
  CHECK(TensorFile::parse(file_of("{}", 0), "t").tensors.empty());
}

TEST_CASE("broken files are told apart") {
  CHECK(parse_error("abc") == "t: is too short for a safetensors file");
  CHECK(parse_error(std::string(8, '\xff')) ==
        "t: header of 18446744073709551615 bytes is larger than 100 MB; is it a safetensors file?");
  CHECK(parse_error(file_of("{}  ", 0).substr(0, 10)) ==
        "t: is truncated: the header has 4 bytes, the file only 2 after its length");
  CHECK(header_error("{", 0).substr(0, 25) == "t: the header is not JSON");
  CHECK(header_error("[]", 0) == "t: the header is not a JSON object");
  CHECK(header_error(std::string(100000, '['), 0) == "t: the header is nested too deep");
  CHECK(header_error("{\"a\":1}", 0) == "t: tensor 'a': is not an object");
  CHECK(header_error("{\"a\":{},\"a\":{}}", 0) == "t: 'a' is in the header twice");
  CHECK(header_error("{\"__metadata__\":1}", 0) == "t: __metadata__ is not an object");
  CHECK(header_error("{\"__metadata__\":{\"k\":1}}", 0) == "t: __metadata__ 'k' is not a string");
}

TEST_CASE("broken tensors are named") {
  CHECK(header_error(one("I8", "[1]", "[0,1]"), 1) ==
        "t: tensor 'a': dtype 'I8' is not supported; known: F32, F64, F16, BF16, I64, I32, U8, "
        "BOOL");
  CHECK(header_error("{\"a\":{\"x\":1}}", 0) == "t: tensor 'a': unknown field 'x'");
  CHECK(header_error("{\"a\":{}}", 0) == "t: tensor 'a': has no dtype");
  CHECK(header_error("{\"a\":{\"dtype\":\"F32\"}}", 0) == "t: tensor 'a': has no shape");
  CHECK(header_error("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", 0) ==
        "t: tensor 'a': has no data_offsets");
  CHECK(header_error(one("F32", "[-1]", "[0,4]"), 4) ==
        "t: tensor 'a': shape must hold integers >= 0");
  CHECK(header_error(one("F32", "[1.5]", "[0,4]"), 4) ==
        "t: tensor 'a': shape must hold integers >= 0");
  CHECK(header_error(one("F32", "[1]", "[4,0]"), 4) ==
        "t: tensor 'a': data_offsets are not a range");
  CHECK(header_error(one("F32", "[1]", "[0,4,4]"), 4) ==
        "t: tensor 'a': data_offsets are not a range");
  CHECK(header_error(one("F32", "[2]", "[0,8]"), 4) ==
        "t: tensor 'a': ends at byte 8 of 4; the file is truncated");
  CHECK(header_error(one("F32", "[2]", "[0,4]"), 4) ==
        "t: tensor 'a': F32 of shape [2] takes 8 bytes, got 4");
  CHECK(header_error(one("F32", "[4294967296,4294967296]", "[0,0]"), 0) ==
        "t: tensor 'a': shape [4294967296, 4294967296] is too large");
}

TEST_CASE("tensors must tile the data") {
  const auto two = [](const std::string& first, const std::string& second) {
    return "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" + first +
           "},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":" + second + "}}";
  };
  CHECK(TensorFile::parse(file_of(two("[2,4]", "[0,2]"), 4), "t").tensors.size() == 2);
  CHECK(header_error(two("[0,2]", "[1,3]"), 3) == "t: tensor 'b': overlaps another tensor");
  CHECK(header_error(two("[0,2]", "[3,5]"), 5) == "t: tensor 'b': 1 unused bytes before it");
  CHECK(header_error(two("[0,2]", "[2,4]"), 6) == "t: 2 bytes after the last tensor");
}

TEST_CASE("a missing tensor is answered with the nearest") {
  TensorFile file;
  file.source = "w.safetensors";
  file.tensors["conv.weight"] = HostTensor::zeros(DType::f32, {1});
  CHECK(error_text<IoError>([&] { file.at("conv.weigth"); }) ==
        "w.safetensors: has no tensor 'conv.weigth'; the nearest is 'conv.weight'; it holds 1 "
        "tensors");
  CHECK(error_text<IoError>([&] { file.at("x"); }) ==
        "w.safetensors: has no tensor 'x'; it holds 1 tensors");
}

TEST_CASE("tensors that make no sense are not written") {
  TensorFile file;
  file.tensors["a"] = HostTensor{DType::f32, {2}, {}};
  CHECK_THROWS_AS(file.serialize(), Error);
  file.tensors.clear();
  file.tensors["__metadata__"] = HostTensor::zeros(DType::f32, {1});
  CHECK_THROWS_AS(file.serialize(), Error);
  file.tensors.clear();
  file.tensors["\xff"] = HostTensor::zeros(DType::f32, {1});
  CHECK_THROWS_AS(file.serialize(), IoError);
}

TEST_CASE("overlapping tensors are refused before they take memory") {
  // 20,000 tensors over the same 1 MiB would be 20 GB.
  std::string header = "{";
  for (int i = 0; i < 20000; ++i) {
    header += str(i ? ",\"" : "\"", i,
                  "\":{\"dtype\":\"U8\",\"shape\":[1048576],\"data_offsets\":[0,1048576]}");
  }
  CHECK(header_error(str(header, "}"), 1 << 20) == "t: tensor '1': overlaps another tensor");
}
