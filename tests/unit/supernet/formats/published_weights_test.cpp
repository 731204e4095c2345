#include "supernet/formats/published_weights.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

const std::vector<WantedTensor> kWanted = {{"stage1.conv.weight", {2}, Role::weight},
                                           {"stage1.bn.weight", {2}, Role::scale},
                                           {"stage1.conv.7to5_matrix", {1, 1}, Role::transform}};

/// "stage1.conv.weight" -> "blocks.1.conv.a.conv.conv.weight".
std::string published(const std::string& ours) {
  const std::string leaf = ours.substr(7);
  if (leaf.ends_with("_matrix")) return "blocks.1.conv.a." + leaf;
  return "blocks.1.conv.a." + leaf.substr(0, leaf.find('.')) + "." + leaf;
}

TensorFile file_of(const std::vector<std::pair<std::string, Shape>>& tensors) {
  TensorFile file;
  file.source = "net.pth";
  float value = 1;
  for (const auto& [name, shape] : tensors) {
    HostTensor tensor = HostTensor::zeros(DType::f32, shape);
    for (float& v : tensor.floats()) v = value;
    value += 1;
    file.tensors[name] = tensor;
  }
  return file;
}

}  // namespace

TEST_CASE("published names, older ones and our own lead to the same parameters") {
  std::vector<std::string> absent;
  for (const std::string block : {"blocks.1.conv.", "blocks.1.mobile_inverted_conv."}) {
    const TensorFile out = in_our_names(file_of({{block + "a.conv.conv.weight", {2}},
                                                 {block + "a.bn.bn.weight", {2}},
                                                 {block + "a.bn.bn.num_batches_tracked", {}},
                                                 {block + "a.conv.7to5_matrix", {1, 1}}}),
                                        kWanted, published, absent);
    CHECK(absent.empty());
    CHECK(out.tensors.size() == 3);
    CHECK(out.at("stage1.conv.weight").floats()[0] == 1);
    CHECK(out.at("stage1.bn.weight").floats()[0] == 2);
  }
  const TensorFile own = file_of({{"stage1.conv.weight", {2}},
                                  {"stage1.bn.weight", {2}},
                                  {"stage1.conv.7to5_matrix", {1, 1}}});
  CHECK(in_our_names(own, kWanted, published, absent).tensors.size() == 3);
}

TEST_CASE("a static network's layers initialise a supernet, but for its matrices") {
  std::vector<std::string> absent;
  const TensorFile out = in_our_names(
      file_of({{"blocks.1.conv.a.conv.weight", {2}}, {"blocks.1.conv.a.bn.weight", {2}}}), kWanted,
      published, absent);
  CHECK(out.at("stage1.conv.weight").floats()[0] == 1);
  CHECK(absent == std::vector<std::string>{"stage1.conv.7to5_matrix"});
}

TEST_CASE("unknown, missing and misshapen tensors are named together") {
  std::vector<std::string> absent;
  const TensorFile file =
      file_of({{"blocks.1.conv.a.bn.bn.weight", {3}}, {"head.weight", {1}}, {"other.bias", {1}}});
  CHECK(error_text<IoError>([&] { in_our_names(file, kWanted, published, absent); }) ==
        "net.pth: does not hold this network's weights; unknown: head.weight, other.bias; missing: "
        "blocks.1.conv.a.conv.conv.weight; of another shape: blocks.1.conv.a.bn.bn.weight (F32 "
        "[3], needs F32 [2]); is it the file of another space?");
}

TEST_CASE("a file belongs to the network with the fewest misfits") {
  const auto own = [](const std::string& name) { return name; };
  const TensorFile file = file_of({{"stage1.conv.weight", {2}}, {"stage1.bn.weight", {3}}});
  CHECK(misfits(file, kWanted, own) == 2);  // a shape and an absent matrix
  CHECK(misfits(file, {kWanted[0]}, own) == 1);
  CHECK(misfits(file_of({{"x", {1}}}), kWanted, own) == 4);
}

TEST_CASE("published names are written with the counters of batch norms") {
  const TensorFile file = file_of({{"stage1.bn.running_var", {2}}, {"stage1.bn.weight", {2}}});
  const TensorFile out = in_published_names(file, published);
  CHECK(out.tensors.size() == 3);
  CHECK(out.at("blocks.1.conv.a.bn.bn.running_var").floats()[0] == 1);
  CHECK(out.at("blocks.1.conv.a.bn.bn.weight").floats()[0] == 2);
  CHECK(out.at("blocks.1.conv.a.bn.bn.num_batches_tracked").dtype == DType::i64);
}
