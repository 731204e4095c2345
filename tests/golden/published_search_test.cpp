// What the authors' accuracy predictor and latency tables say of networks, to the printed digits.
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "predictors/published.h"
#include "supernet/formats/pth.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using namespace tailor::predict;
using tailor::test::error_text;

namespace {

const std::string kData = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/ofa/";
const std::vector<int64_t> kSizes = {160, 176, 192, 208, 224};

bool data_is_there() {
  if (std::filesystem::exists(kData + "acc_predictor.pth")) return true;
  WARN("skipped: the published files are not at " << kData);
  return false;
}

PublishedLatency note10(const SearchSpace& space) {
  std::map<int64_t, hw::PublishedTable> tables;
  for (int64_t r : kSizes) {
    tables.emplace(r, hw::PublishedTable::load(str(kData, "note10/", r, "_lookup_table.yaml")));
  }
  return {space, std::move(tables)};
}

PublishedAccuracy tutorial_predictor(const SearchSpace& space) {
  return {space,
          read_weights_file(kData + "acc_predictor.pth"),
          {.parts = {"ks", "e", "r"}, .resolutions = {112, 128, 144, 160, 176, 192, 208, 224}}};
}

}  // namespace

TEST_CASE("the published Note10 tables and accuracy predictor give the published figures") {
  if (!data_is_there()) return;
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  const PublishedLatency latency = note10(*space);
  const PublishedAccuracy accuracy = tutorial_predictor(*space);
  struct Row {
    std::string arch;
    std::vector<double> ms, accuracy;
  };
  for (const Row& row : std::vector<Row>{{"ks=7 e=6 d=4",
                                          {47.773312, 58.037906, 67.561659, 81.192398, 92.398038},
                                          {.807503, .819454, .827122, .833177, .835928}},
                                         {"ks=5 e=4 d=3",
                                          {20.032600, 24.210225, 27.835619, 33.470511, 37.806377},
                                          {.785767, .798907, .805928, .813235, .817291}},
                                         {"ks=3 e=3 d=2",
                                          {9.890347, 11.721360, 13.325493, 15.834109, 17.769056},
                                          {.753119, .762484, .770442, .774882, .777386}}}) {
    for (size_t i = 0; i < kSizes.size(); ++i) {
      INFO(row.arch << " at " << kSizes[i]);
      const Arch arch = space->parse(str(row.arch, " r=", kSizes[i]));
      CHECK(estimate_one(latency, arch) == Approx(row.ms[i]).margin(5.1e-7));
      CHECK(estimate_one(accuracy, arch) == Approx(row.accuracy[i]).margin(5.1e-7));
    }
  }
  // The tutorial's network.
  const Arch arch = space->parse(
      "ks=5,3,0,0,5,3,0,0,7,7,3,0,5,5,7,3,3,3,5,0 e=3,3,0,0,4,4,0,0,6,3,4,0,4,4,4,3,6,6,6,0 "
      "d=2,2,3,4,3 r=192");
  CHECK(estimate_one(latency, arch) == Approx(24.73016685).margin(5.1e-9));
  CHECK(estimate_one(accuracy, arch) == Approx(0.8171285).margin(5.1e-8));
  CHECK(network_cost(space->lower(arch)).macs == 264008640);
}

TEST_CASE("the network published for 30 ms on a Note10 takes 29.97 ms by the table") {
  if (!data_is_there()) return;
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  const Arch arch = space->parse(
      "ks=3,3,0,0,5,3,3,0,5,5,3,0,3,3,3,0,3,3,3,3 e=3,3,0,0,4,3,4,0,4,4,3,0,6,4,4,0,6,6,4,3 "
      "d=2,3,3,3,4 r=224");
  CHECK(estimate_one(note10(*space), arch) == Approx(29.97).margin(0.005));
}

TEST_CASE("latency by tables over choices is the walk through the published table") {
  if (!data_is_there()) return;
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  const auto one = [&](int64_t r) {
    return hw::PublishedTable::load(str(kData, "note10/", r, "_lookup_table.yaml"));
  };
  const PublishedLatency latency = note10(*space), single(*space, {{192, one(192)}});
  const Restriction sizes = space->restrict({{"r", {160, 176, 192, 208, 224}}});
  Rng rng(4);
  std::vector<Arch> archs;
  for (int i = 0; i < 2500; ++i) archs.push_back(space->sample_choices(rng, &sizes));
  std::vector<Estimate> out(archs.size());
  latency.estimate(archs, out);
  for (size_t i = 0; i < 100; ++i) {
    const auto r = static_cast<int64_t>(space->value(archs[i], "r"));
    CHECK(out[i].value == Approx(one(r).latency_ms(space->lower(archs[i]))).epsilon(1e-12));
  }
  // One size alone: the others are still refused once the tables are made.
  CHECK_THROWS_AS(single.estimate(archs, out), Error);
  CHECK_THROWS_AS(single.estimate(archs, out), Error);
}

TEST_CASE("what the published files do not know is named") {
  if (!data_is_there()) return;
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  const PublishedLatency latency = note10(*space);
  const PublishedAccuracy accuracy = tutorial_predictor(*space);
  const Arch odd = space->parse("ks=3 e=3 d=2 r=164");
  CHECK(error_text<Error>([&] { estimate_one(latency, odd); }) ==
        "no latency table for images of 164 pixels, only for 160, 176, 192, 208, 224; fix r to one "
        "of them");
  CHECK(error_text<Error>([&] {
          estimate_one(accuracy, odd);
        }).find("does not know images of 164 pixels") != std::string::npos);
  const auto narrow = test::shipped_space("ofa_mobilenet_v3_w1.0");
  CHECK(
      error_text<Error>([&] { estimate_one(note10(*narrow), narrow->parse("ks=3 e=3 d=2 r=160")); })
          .find("160_lookup_table.yaml: has no latency of 'Conv-input:160x160x3-output:80x80x16'; "
                "nearest: ") != std::string::npos);
  const auto resnet = test::shipped_space("ofa_resnet50d");
  CHECK(error_text<IoError>([&] {
          tutorial_predictor(*resnet);
        }).find("takes 128 inputs, this space and its parts (ks, e, r) give 62") !=
        std::string::npos);
}
