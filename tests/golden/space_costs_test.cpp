// Costs of published networks and supernets, exact to the last multiply-accumulate.
// published_costs.csv: the specialised networks of once-for-all (its README and the net.config
// files of github.com/han-cai/files), counted from their configs; one digit a block, '-' between
// stages.
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "supernet/space/cost.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

/// A folder of public test data beside the project; "" (and a message) where it is not.
std::string shared_data(const std::string& path) {
  const std::string full = std::string(TAILOR_SOURCE_DIR) + "/../shared/data/" + path;
  if (std::filesystem::exists(full)) return full;
  std::printf("skipped: no %s\n", full.c_str());
  return "";
}

/// Name -> elements of every trainable parameter that any arch references, and all tensors' names.
struct Parameters {
  std::map<std::string, int64_t> trainable;
  size_t tensors = 0;  // with running statistics and a batch counter for each norm

  int64_t total() const {
    int64_t sum = 0;
    for (const auto& [name, size] : trainable) sum += size;
    return sum;
  }
};

Parameters supernet_parameters(const SearchSpace& space) {
  Parameters out;
  std::map<std::string, bool> buffers;
  for (const Arch& arch : space.covering()) {
    for (const BlockUse& use : space.lower(arch).blocks) {
      for (const Node& node : use.block->nodes) {
        for (const WeightRef& ref : node.weights) {
          if (ref.trainable())
            out.trainable[ref.name] = numel(ref.full_shape());
          else
            buffers[ref.name] = true;
          if (ref.role == Role::running_mean) buffers[node.name + ".num_batches_tracked"] = true;
          for (const WeightStep& step : ref.steps) {
            const auto& transform = std::get<KernelTransform>(step);
            out.trainable[transform.matrix] =
                numel({transform.size, transform.size, transform.size, transform.size});
          }
        }
      }
    }
  }
  out.tensors = out.trainable.size() + buffers.size();
  return out;
}

Cost cost_of(const SearchSpace& space, const Arch& arch, int64_t resolution = 224) {
  return network_cost(space.lower(arch, {.resolution = resolution}));
}

/// "353-5535" with `slots` places a stage -> "3,5,3,0,5,5,3,5"; places past a stage's depth hold 0.
std::string slot_list(const std::string& stages, const std::vector<size_t>& slots) {
  std::vector<std::string> out;
  const std::vector<std::string> given = split(stages, '-');
  for (size_t s = 0; s < given.size(); ++s) {
    for (size_t j = 0; j < slots.at(s); ++j) {
      out.push_back(j < given[s].size() ? std::string(1, given[s][j]) : "0");
    }
  }
  return join(out, ",");
}

/// The arch of a row of published_costs.csv; its image size may lie outside of the space.
Arch published_arch(const SearchSpace& space, const std::string& d, const std::string& ks,
                    const std::string& e) {
  std::vector<size_t> slots(d.size(), 4);
  if (d.size() == 6) slots[5] = 1;
  std::vector<std::string> depths;
  for (char digit : d) depths.emplace_back(1, digit);
  return space.parse(str("ks=", slot_list(ks, slots), " e=", slot_list(e, slots),
                         " d=", join(depths, ","), " r=224"));
}

struct Supernet {
  std::string name;
  int64_t params;
  size_t tensors;
  int64_t least_macs, most_macs;      // at 224 pixels, in thousands
  int64_t least_params, most_params;  // in hundreds
};

}  // namespace

TEST_CASE("the published supernets have their sizes") {
  // once-for-all at f03b267: number of parameters and of state entries, extremes at 224 pixels
  for (const Supernet& known : std::vector<Supernet>{
           {"ofa_mobilenet_v3_w1.0", 7678880, 475, 121279, 566171, 34108, 76648},
           {"ofa_mobilenet_v3_w1.2", 10715752, 475, 193078, 843101, 46025, 107016},
           {"ofa_proxyless_w1.3", 7956882, 446, 265526, 1004908, 37188, 79421},
           // The authors' counter sums in float32 and gives 7491642 here, 7491644 elsewhere.
           {"ofa_resnet50d", 48105992, 368, 962192, 7491644, 65393, 481060}}) {
    INFO(known.name);
    const auto space = test::shipped_space(known.name);
    const Parameters parameters = supernet_parameters(*space);
    CHECK(parameters.total() == known.params);
    CHECK(parameters.tensors == known.tensors);
    const Cost least = cost_of(*space, space->smallest()), most = cost_of(*space, space->largest());
    CHECK((least.macs + 500) / 1000 == known.least_macs);
    CHECK((most.macs + 500) / 1000 == known.most_macs);
    CHECK((least.params + 50) / 100 == known.least_params);
    CHECK((most.params + 50) / 100 == known.most_params);
  }
}

TEST_CASE("OFA's middle network has the MACs its paper gives") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  CHECK((cost_of(*space, space->parse("ks=3 e=3 d=4 r=224")).macs + 500) / 1000 == 226194);
}

TEST_CASE("OFA-ResNet50D's networks have the MACs its authors' code counts") {
  // once-for-all at f03b267, in thousands, at three image sizes
  const auto space = test::shipped_space("ofa_resnet50d");
  struct Row {
    std::string arch;
    std::map<int64_t, int64_t> macs;
  };
  for (const Row& row :
       std::vector<Row>{{"e=0.35 d=2 w=2", {{128, 2447630}, {224, 7491644}, {256, 9784377}}},
                        {"e=0.25 d=0,1,1,1,1 w=1", {{128, 812587}, {224, 2485164}, {256, 3245426}}},
                        {"e=0.2 d=0 w=0", {{128, 315080}, {224, 962192}, {256, 1256334}}}}) {
    const Arch arch = space->parse(row.arch + " r=224");
    for (const auto& [resolution, thousands] : row.macs) {
      INFO(row.arch << " at " << resolution);
      CHECK((cost_of(*space, arch, resolution).macs + 500) / 1000 == thousands);
    }
  }
}

TEST_CASE("the spaces have as many networks as their papers say") {
  const double stage = std::pow(9, 2) + std::pow(9, 3) + std::pow(9, 4);
  CHECK(test::shipped_space("ofa_mobilenet_v3_w1.0")->count() ==
        Approx(25 * std::pow(stage, 5)).epsilon(1e-12));
  CHECK(test::shipped_space("ofa_mobilenet_v3_w1.2")->count() ==
        Approx(17 * std::pow(stage, 5)).epsilon(1e-12));
  CHECK(test::shipped_space("ofa_proxyless_w1.3")->count() ==
        Approx(25 * 9 * std::pow(stage, 5)).epsilon(1e-12));
  CHECK(test::shipped_space("proxyless_mobile")->count() ==
        Approx(std::pow(6, 6) * std::pow(7, 15)).epsilon(1e-12));
  CHECK(test::shipped_space("resnet_fashion")->count() == 1458);
  // Stem: 2 distinct insides, 3 widths, residual layer or not. A stage: width, depth, ratios.
  const double short_stage = 3 * (9 + 27 + 81), long_stage = 3 * (81 + 243 + 729);
  CHECK(test::shipped_space("ofa_resnet50d")->count() ==
        Approx(25 * 12 * std::pow(short_stage, 3) * long_stage).epsilon(1e-12));
  CHECK(test::shipped_space("xception")->count() ==
        Approx(5 * std::pow(9, 4) * (std::pow(9, 4) * (std::pow(9, 5) - 1) / 8)).epsilon(1e-12));
}

TEST_CASE("the published specialised networks cost what their configs say") {
  const Csv table = Csv::load(std::string(TAILOR_SOURCE_DIR) + "/tests/golden/published_costs.csv");
  CHECK(table.rows.size() == 50);
  std::map<std::string, std::unique_ptr<SearchSpace>> spaces;
  for (const auto& row : table.rows) {
    INFO(row[0]);
    auto& space = spaces[row[1]];
    if (!space) space = test::shipped_space(row[1]);
    const Cost cost =
        cost_of(*space, published_arch(*space, row[3], row[4], row[5]), std::stoll(row[2]));
    CHECK(cost.macs == std::stoll(row[6]));
    CHECK(cost.params == std::stoll(row[7]));
  }
}

TEST_CASE("uniform ProxylessNAS networks cost what its authors' code counts") {
  const auto space = test::shipped_space("proxyless_mobile");
  const std::map<std::string, std::pair<int64_t, int64_t>> known = {
      {"ks=3 e=3", {257422208, 3191928}},
      {"ks=3 e=6", {472620800, 4684776}},
      {"ks=5 e=3", {284216192, 3275640}},
      {"ks=5 e=6", {526208768, 4852200}},
      {"ks=7 e=3", {324407168, 3401208}},
      {"ks=7 e=6", {606590720, 5103336}},
      {"ks=3,0,0,0,3,0,0,0,3,0,0,0,3,0,0,0,3,0,0,0,3 e=3", {102528896, 2154984}}};
  for (const auto& [text, numbers] : known) {
    INFO(text);
    const Cost cost = cost_of(*space, space->parse(text + " d=4,4,4,4,4,1 r=224"));
    CHECK(cost.macs == numbers.first);
    CHECK(cost.params == numbers.second);
  }
}

TEST_CASE("published ProxylessNAS networks cost what their configs say") {
  const std::string d = " d=4,4,4,4,4,1 r=224";
  const auto mobile = test::shipped_space("proxyless_mobile", {"space.stages.0.width=32"});
  const Cost cost = cost_of(*mobile, mobile->parse("ks=5,3,0,0,7,3,5,5,7,5,5,5,5,5,5,5,7,7,7,7,7 "
                                                   "e=3,3,0,0,3,3,3,3,6,3,3,3,6,3,3,3,6,6,3,3,6" +
                                                   d));
  CHECK(cost.macs == 320427584);
  CHECK(cost.params == 4080512);
  const auto cpu = test::shipped_space(
      "proxyless_mobile",
      {"space.stem.width=40", "space.first.width=24", "space.stages.0.width=32",
       "space.stages.1.width=48", "space.stages.2.width=88", "space.stages.3.width=104",
       "space.stages.4.width=216", "space.stages.5.width=360", "space.feature_mix.width=1432"});
  const Cost on_cpu = cost_of(*cpu, cpu->parse("ks=3,3,3,3,3,3,3,5,3,0,0,3,5,3,3,3,5,5,5,3,5 "
                                               "e=6,3,3,3,6,3,3,3,6,0,0,3,6,3,3,3,6,3,3,3,6" +
                                               d));
  CHECK(on_cpu.macs == 439243864);
  CHECK(on_cpu.params == 4361648);
}

TEST_CASE("MACs and parameters agree with 1,081 measured OFA networks") {
  const std::string path = shared_data("latency/ofa_accuracy.csv");
  if (path.empty()) return;
  const Csv table = Csv::load(path);
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  auto list = [&](const std::vector<std::string>& row, const std::string& name, int slots) {
    std::vector<std::string> values;
    for (int i = 0; i < slots; ++i) values.push_back(row[table.column(str(name, i))]);
    return join(values, ",");
  };
  size_t wrong = 0;
  for (const auto& row : table.rows) {
    const Arch arch = space->parse(str("ks=", list(row, "k", 20), " e=", list(row, "e", 20),
                                       " d=", list(row, "d", 5), " r=", row[table.column("r")]));
    const Cost cost = network_cost(space->lower(arch));
    wrong += cost.macs != std::stoll(row[table.column("macs")]) ||
             cost.params != std::stoll(row[table.column("params")]);
  }
  CHECK(table.rows.size() == 1081);
  CHECK(wrong == 0);
}

TEST_CASE("published net.config files describe the same layers") {
  const std::string folder = shared_data("ofa/specialized");
  if (folder.empty()) return;
  const Csv table = Csv::load(std::string(TAILOR_SOURCE_DIR) + "/tests/golden/published_costs.csv");
  size_t seen = 0;
  for (const auto& row : table.rows) {
    const std::string path = folder + "/" + row[0] + "/net.config";
    if (!std::filesystem::exists(path)) continue;
    INFO(row[0]);
    ++seen;
    std::ifstream file(path);
    const nlohmann::json config = nlohmann::json::parse(file);
    const auto space = test::shipped_space(row[1]);
    const NetworkSpec spec = space->lower(published_arch(*space, row[3], row[4], row[5]));
    REQUIRE(config["blocks"].size() + 1 < spec.blocks.size());
    for (size_t b = 0; b < config["blocks"].size(); ++b) {
      const auto& layer = config["blocks"][b]["mobile_inverted_conv"];
      const Block& block = *spec.blocks[b + 1].block;
      INFO(block.name);
      std::map<std::string, const Node*> nodes;
      for (const Node& node : block.nodes) nodes[node.name.substr(block.name.size() + 1)] = &node;
      const Shape kernel = nodes.at("depthwise.conv")->weights[0].used_shape();
      CHECK(block.inputs[0][1] == layer["in_channels"].get<int64_t>());
      CHECK(block.output()[1] == layer["out_channels"].get<int64_t>());
      CHECK(kernel[2] == layer["kernel_size"].get<int64_t>());
      CHECK(block.inputs[0][2] / block.output()[2] == layer["stride"].get<int64_t>());
      if (layer.contains("mid_channels") && !layer["mid_channels"].is_null()) {
        CHECK(kernel[0] == layer["mid_channels"].get<int64_t>());
      }
      const bool gated = layer.contains("use_se") && layer["use_se"].get<bool>();
      CHECK(nodes.count("se.scale") == (gated ? 1u : 0u));
      CHECK(nodes.count("add") == (config["blocks"][b]["shortcut"].is_null() ? 0u : 1u));
      const std::string act =
          layer.contains("act_func") ? layer["act_func"].get<std::string>() : "relu6";
      CHECK(nodes.at("depthwise.act")->op->text() == "activation(function=" + act + ")");
      const Node& norm = *nodes.at("depthwise.bn");
      CHECK(norm.op->text() ==
            str("batch_norm(eps=", number(config["bn"]["eps"].get<double>()), " momentum=0.1)"));
    }
  }
  CHECK(seen == 12);
}
