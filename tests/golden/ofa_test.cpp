// Our networks against the authors' Once-for-All code: same formula-filled weights, same outputs.
// Values: once-for-all (PyPI ofa 0.1.0.post202307202001), float32 on a CPU. Tolerance: 5e-4 of the
// mean magnitude, because the order of float sums alone moves deep networks by a tenth of that.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/file.h"
#include "supernet/torch/channel_sort.h"
#include "supernet/torch/graph_net.h"
#include "supernet/torch/weight_view.h"
#include "tests/support/golden_fill.h"
#include "tests/support/spaces.h"
#include "tests/support/torch_nets.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::supernet;
using namespace tailor::test;

namespace {

bool is_resnet(const SearchSpace& space) { return space.axis_index("ks", 0) < 0; }

/// `cycle` over `slots`, as the values of one group.
std::string cyclic(const std::vector<double>& cycle, size_t slots) {
  std::vector<double> values;
  for (size_t i = 0; i < slots; ++i) values.push_back(cycle[i % cycle.size()]);
  return join(values, ",");
}

/// The mixed config of the tables, called A for mobile networks and C for ResNet50D.
std::string mixed_config(const SearchSpace& space) {
  if (is_resnet(space)) {
    return "e=" + cyclic({0.2, 0.25, 0.35}, 18) + " d=0,1,2,1,0 w=0,1,2,1,0,2 r=160";
  }
  const bool proxyless = space.name().find("proxyless") != std::string::npos;
  std::string ks = cyclic({3, 5, 7, 3}, 20), e = cyclic({3, 4, 6, 4}, 20), d = "2,3,4,3,2";
  if (proxyless) {
    ks += ",5";
    e += ",4";
    d += ",1";
  }
  return "ks=" + ks + " e=" + e + " d=" + d + " r=160";
}

void recalibrate(GraphNet& net) {
  net.reset_statistics();
  net.forward(golden_input(4) * 1.1 + 0.05, RunMode::recalibrate);
  net.forward(golden_input(2), RunMode::recalibrate);
}

struct Row {
  std::string config;     ///< arch text, or "mixed", "mixed sort 0", "mixed recal"
  double y[5], mean_abs;  ///< y[0, 0..3], y[1, 999]
};

void check_rows(const std::string& name, const std::vector<Row>& rows) {
  const auto space = test::shipped_space(name);
  ParameterStore filled = ParameterStore::of_space(*space);
  REQUIRE(fill(*space, filled));
  for (const Row& row : rows) {
    INFO(name << " " << row.config);
    const bool mixed = row.config.rfind("mixed", 0) == 0;
    ParameterStore store = filled.clone();
    if (row.config.find("sort") != std::string::npos) {
      sort_channels(*space, store, row.config.back() - '0');
    }
    const std::string arch = mixed ? mixed_config(*space) : row.config;
    GraphNet net(space->lower(space->parse(arch), {.resolution = 64}), store);
    if (row.config == "mixed recal") recalibrate(net);
    const at::Tensor y = net.forward(golden_input(2), RunMode::eval);
    const double mean_abs = y.abs().mean().item<double>();
    CHECK(mean_abs == Approx(row.mean_abs).epsilon(5e-4));
    for (int i = 0; i < 5; ++i) {
      const double got = i < 4 ? y[0][i].item<double>() : y[1][999].item<double>();
      CHECK(got == Approx(row.y[i]).margin(5e-4 * row.mean_abs).epsilon(0));
    }
  }
}

}  // namespace

TEST_CASE("the fill is the one that the golden values were made with") {
  CHECK(noise(1, 0) == -0.45284307304587834);
  CHECK(noise(1, 3) == -0.76605625655096499);
  CHECK(golden_input(1).flatten()[3].item<double>() == Approx(-0.50554258).epsilon(1e-7));
}

TEST_CASE("OFA-MobileNetV3 1.0 as the authors' code") {
  check_rows(
      "ofa_mobilenet_v3_w1.0",
      {{"ks=7 e=6 d=4 r=160", {-44.7014, 101.284, -102.192, -56.1697, -30.4254}, 73.0804},
       {"ks=5 e=6 d=4 r=160", {-6.7804, 12.1548, -2.34995, -0.304636, -2.98538}, 6.74198},
       {"ks=3 e=3 d=2 r=160", {-0.0121426, 0.0083652, 0.104528, -0.0760926, 0.0461983}, 0.0895486},
       {"mixed", {-0.00943756, 0.00514608, 0.0995162, -0.0808179, 0.0404955}, 0.0901475},
       {"mixed sort 0", {0.0167369, -0.031093, 0.0964695, -0.0721685, 0.0960767}, 0.0891325},
       {"mixed sort 1", {0.0282954, -0.00378834, 0.100011, -0.0683602, 0.0518273}, 0.089402},
       {"mixed recal", {-0.59426, -0.268807, -0.0394457, -0.310622, -0.111705}, 0.321405}});
}

TEST_CASE("OFA-MobileNetV3 1.2 as the authors' code") {
  check_rows("ofa_mobilenet_v3_w1.2",
             {{"ks=7 e=6 d=4 r=160", {48.3012, -292.576, 82.3795, -127.372, -150.475}, 125.342},
              {"mixed", {0.137168, 0.0304066, 0.0284407, 0.0199698, 0.202273}, 0.09457},
              {"mixed sort 0", {0.117185, 0.0339267, 0.0261432, -0.00588257, 0.213524}, 0.0938994},
              {"mixed sort 1", {0.115537, 0.0224604, 0.051758, -0.00305182, 0.210478}, 0.0949742},
              {"mixed recal", {2.40055, -1.81209, -0.249576, 0.124881, 0.414373}, 0.58117}});
}

TEST_CASE("OFA-ProxylessNAS 1.3 as the authors' code") {
  check_rows("ofa_proxyless_w1.3",
             {{"ks=7 e=6 d=4,4,4,4,4,1 r=160",
               {-2.68319, -3.45165, 0.815832, 0.461656, -0.955358},
               1.20336},
              {"mixed", {-0.145819, -0.0544569, -0.165664, 0.0490974, -0.184742}, 0.187266},
              {"mixed sort 0", {-0.50647, -0.0401005, -0.0236094, 0.261968, -0.0447046}, 0.20474},
              {"mixed sort 1", {-0.189633, -0.111824, -0.180249, 0.115569, -0.186292}, 0.189905},
              {"mixed recal", {-0.620893, -1.89109, 0.480099, -0.817778, -1.02533}, 1.01969}});
}

TEST_CASE("OFA-ResNet50D as the authors' code") {
  check_rows("ofa_resnet50d",
             {{"e=0.35 d=2 w=2 r=160", {10.8583, -11.4551, -36.9387, -28.4123, -65.9862}, 29.632},
              {"e=0.2 d=0 w=0 r=160", {0.413805, -0.75433, -1.38973, -2.12523, 0.321709}, 0.827224},
              {"mixed", {2.01013, -4.11402, -2.76296, -0.720499, 0.785511}, 2.72309},
              {"mixed sort 0", {3.48973, -2.61756, -2.62749, -2.20763, -2.27049}, 2.91824},
              {"mixed sort 1", {2.5951, -1.76539, -1.87128, 0.111247, 0.8455}, 2.63762},
              {"mixed recal", {-0.111692, -0.729025, 0.0414077, -1.11542, -1.79183}, 0.822716}});
}

TEST_CASE("random subnets of the published supernets compute what the authors' code computes") {
  // Written by tests/golden/make/ofa.py.
  const Csv csv = Csv::load(std::string(TAILOR_SOURCE_DIR) + "/tests/golden/ofa_random.csv");
  const at::Tensor x = golden_input(2);
  std::unique_ptr<SearchSpace> space;
  std::unique_ptr<ParameterStore> store;
  std::string filled;
  for (const auto& row : csv.rows) {
    const std::string name = row[csv.column("space")], by = row[csv.column("fill")];
    if (filled != name + by) {
      filled = name + by;
      space = test::shipped_space(name);
      store = std::make_unique<ParameterStore>(ParameterStore::of_space(*space));
      REQUIRE(fill(*space, *store, by == "plain" ? kPlain : kWide));
    }
    const std::string arch = row[csv.column("arch")];
    INFO(name << " " << by << " " << arch);
    GraphNet net(space->lower(space->parse(arch + " r=160"), {.resolution = 64}), *store);
    const at::Tensor y = net.forward(x, RunMode::eval);
    const auto figure = [&](const std::string& column) {
      return std::stod(row[csv.column(column)]);
    };
    const double tolerance = (by == "plain" ? 2e-5 : 5e-4) * figure("mean_abs");
    CHECK(y.abs().mean().item<double>() == Approx(figure("mean_abs")).margin(tolerance));
    for (int i = 0; i < 4; ++i) {
      CHECK(y[0][i].item<double>() == Approx(figure(str("y0", i))).margin(tolerance).epsilon(0));
    }
    CHECK(y[1][999].item<double>() == Approx(figure("y1999")).margin(tolerance).epsilon(0));
  }
  CHECK(csv.rows.size() == 160);
}

TEST_CASE("channel sorting puts OFA's channels where the authors' code puts them") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  ParameterStore store = ParameterStore::of_space(*space);
  REQUIRE(fill(*space, store));
  const std::string project = "stage1.block1.project.conv.weight";
  const at::Tensor before = store.view(project).clone();
  const at::Tensor importance = before.abs().sum({0, 2, 3});
  for (const auto& [channel, value] :
       std::map<int, double>{{0, 3.60985}, {1, 2.93031}, {2, 2.98924}}) {
    CHECK(importance[channel].item<double>() == Approx(value).epsilon(1e-5));
  }
  // Position after sorting -> channel before.
  using Order = std::map<int64_t, int64_t>;
  const Order start = {{0, 16}, {1, 3}, {2, 51}, {3, 46}, {4, 43}, {5, 0}};
  for (auto [stage, order] : std::map<int, Order>{
           {0, {{93, 40}, {94, 27}, {95, 93}}},
           {1, {{62, 40}, {63, 27}, {64, 92}, {65, 77}, {93, 64}, {94, 72}, {95, 93}}}}) {
    ParameterStore sorted = store.clone();
    sort_channels(*space, sorted, stage);
    order.insert(start.begin(), start.end());
    for (const auto& [position, channel] : order) {
      INFO("stage " << stage << ", position " << position);
      CHECK(test::same_bits(sorted.view(project).select(1, position), before.select(1, channel)));
    }
  }
}

TEST_CASE("OFA's kernels of 7, 5 and 3") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.0");
  ParameterStore store = ParameterStore::of_space(*space);
  REQUIRE(fill(*space, store));
  auto kernel = [&](const std::string& k) {
    const std::string arch = "ks=" + k + " e=6 d=4 r=160";
    GraphNet net(space->lower(space->parse(arch)), store);
    return net.weights().at("stage1.block1.depthwise.conv.weight");
  };
  auto check = [&](const at::Tensor& w, const std::vector<double>& first, double last) {
    for (size_t i = 0; i < first.size(); ++i) {
      CHECK(w.flatten()[static_cast<int64_t>(i)].item<double>() == Approx(first[i]).epsilon(1e-5));
    }
    CHECK(w[95][0][w.size(2) - 1][w.size(3) - 1].item<double>() == Approx(last).epsilon(1e-5));
  };
  const at::Tensor seven = kernel("7");
  check(seven, {0.0438669, -0.21388, 0.346978}, seven[95][0][6][6].item<double>());
  check(kernel("5"), {0.0258633, -0.0631836, -0.215236}, -0.317882);
  check(kernel("3"), {0.361168, 0.0197841, 0.322261}, -0.288502);
}
