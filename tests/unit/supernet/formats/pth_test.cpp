// covers: supernet/formats/pth_write.cpp
#include "supernet/formats/pth.h"

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

std::string golden(const std::string& name) {
  return std::string(TAILOR_SOURCE_DIR) + "/tests/golden/pth/" + name;
}

std::vector<float> floats(const TensorFile& file, const std::string& name) {
  const auto values = file.at(name).floats();
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("both forms of torch.save hold the same tensors") {
  // Written by tests/golden/make/pth.py.
  for (const std::string form : {"zip", "legacy"}) {
    INFO(form);
    const TensorFile file = read_weights_file(golden(form + ".pth"));
    CHECK(file.tensors.size() == 9);
    CHECK(file.at("plain.weight").shape == std::vector<int64_t>{2, 3});
    CHECK(floats(file, "plain.weight") == std::vector<float>{0, 0.25, 0.5, 0.75, 1, 1.25});
    CHECK(file.at("turned.weight").shape == std::vector<int64_t>{3, 2});
    CHECK(floats(file, "turned.weight") == std::vector<float>{0, 0.75, 0.25, 1, 0.5, 1.25});
    CHECK(floats(file, "part.weight") == std::vector<float>{2, 3, 4, 5});
    CHECK(floats(file, "part.bias") == std::vector<float>{6, 7});
    CHECK(floats(file, "half") == std::vector<float>{0.5, -2, 5.9604645e-08F, 65504});
    CHECK(floats(file, "brain") == std::vector<float>{1.5, -3});
    CHECK(floats(file, "double") == std::vector<float>{0.1F});
    CHECK(floats(file, "parameter") == std::vector<float>{3});
    const HostTensor& count = file.at("bn.num_batches_tracked");
    CHECK(count.dtype == DType::i64);
    CHECK(static_cast<int>(count.bytes[0]) == 7);
  }
}

TEST_CASE("a pickle that calls os.system is refused by name") {
  for (const std::string form : {"zip", "legacy"}) {
    const std::string text =
        error_text<IoError>([&] { read_weights_file(golden("evil_" + form + ".pth")); });
    INFO(text);
    CHECK(text.find("evil_" + form + ".pth") != std::string::npos);
    CHECK(text.find("it asks for 'posix.system', which is no part of a weights file; refused") !=
          std::string::npos);
  }
}

TEST_CASE("a weights file that was cut off anywhere is refused") {
  for (const std::string form : {"zip", "legacy"}) {
    const std::string bytes = read_file(golden(form + ".pth"));
    for (size_t length = 0; length < bytes.size(); ++length) {
      INFO(form << " cut to " << length);
      CHECK_THROWS_AS(parse_pth(std::string_view(bytes).substr(0, length), "cut.pth"), IoError);
    }
  }
}

TEST_CASE("a weights file with a changed byte is read or refused") {
  for (const std::string form : {"zip", "legacy"}) {
    const std::string good = read_file(golden(form + ".pth"));
    size_t refused = 0;
    for (size_t at = 0; at < good.size(); ++at) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
      try {
        parse_pth(bytes, "changed.pth");
      } catch (const Error&) {
        ++refused;
      }
    }
    CHECK(refused > 100);
  }
}

TEST_CASE("weights files are told apart by their content") {
  TensorFile file;
  file.tensors["a"] = HostTensor::from_floats({1}, std::vector<float>{2});
  const std::string path =
      (std::filesystem::temp_directory_path() / "tailor_pth_test.pth").string();
  file.save(path);
  CHECK(floats(read_weights_file(path), "a") == std::vector<float>{2});
  write_file(path, "no weights at all");
  CHECK_THROWS_AS(read_weights_file(path), IoError);
  std::filesystem::remove(path);
  CHECK(error_text<IoError>([] {
          parse_pth("hello", "x.pth");
        }).find("x.pth: is no file of torch.save") == 0);
}

TEST_CASE("tensors written as .pth are read back, the same bytes each time") {
  TensorFile file;
  file.tensors["a.weight"] = HostTensor::from_floats({2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6});
  file.tensors["a.bias"] = HostTensor::from_floats({1}, std::vector<float>{-1});
  file.tensors["count"] = HostTensor::zeros(DType::i64, {});
  file.tensors["empty"] = HostTensor::zeros(DType::f32, {0, 4});
  file.tensors["empty_rows"] = HostTensor::zeros(DType::f32, {4, 0});
  const std::string bytes = pth_bytes(file);
  CHECK(bytes == pth_bytes(file));
  const TensorFile read = parse_pth(bytes, "out.pth");
  REQUIRE(read.tensors.size() == 5);
  for (const auto& [name, tensor] : file.tensors) {
    INFO(name);
    CHECK(read.at(name).shape == tensor.shape);
    CHECK(read.at(name).dtype == tensor.dtype);
    CHECK(read.at(name).bytes == tensor.bytes);
  }
}
