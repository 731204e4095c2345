// The made-up device.
#include "core/error.h"
#include "hardware_profiles/device.h"
#include "supernet/space/cost.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

namespace {

std::unique_ptr<hw::DeviceBackend> stub(const std::string& options = "") {
  return hw::builtin_devices().create("stub", ConfigNode::parse(options, "stub.yaml"));
}

double time_of(hw::DeviceBackend& device, const NetworkSpec& spec) {
  return device.prepare(spec)->measure(1).at(0);
}

}  // namespace

TEST_CASE("memory is what the lowering foretells") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const NetworkSpec spec = space->lower(space->largest());
  CHECK(stub()->prepare(spec)->activation_bytes() == network_cost(spec).activation_bytes);
}

TEST_CASE("times are the same in every run and on every call") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const NetworkSpec spec = space->lower(space->largest());
  const double once = time_of(*stub(), spec);
  CHECK(time_of(*stub(), spec) == once);
  const auto device = stub();
  CHECK(device->prepare(spec)->measure(3) == std::vector<double>(3, once));
}

TEST_CASE("larger networks take longer") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub();
  CHECK(time_of(*device, space->lower(space->largest())) >
        time_of(*device, space->lower(space->smallest())));
  CHECK(time_of(*device, space->lower(space->largest(), {.batch = 4})) >
        time_of(*device, space->lower(space->largest())));
}

TEST_CASE("a network is its blocks with the network's overhead counted once") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const auto device = stub("network_us: 20");
  const NetworkSpec spec = space->lower(space->largest());
  double sum = 0;
  for (size_t b = 0; b < spec.blocks.size(); ++b) sum += time_of(*device, single_block(spec, b));
  const double overhead = 0.020 * static_cast<double>(spec.blocks.size() - 1);
  CHECK(time_of(*device, spec) == Approx(sum - overhead));
}

TEST_CASE("the roofline's parts can be read off") {
  const auto space = test::space_of(test::kTinyMobileNet);
  const NetworkSpec spec = space->lower(space->largest());
  int64_t macs = 0, nodes = 0;
  for (const BlockUse& use : spec.blocks) {
    macs += use.block->macs;
    nodes += static_cast<int64_t>(use.block->nodes.size());
  }
  const auto only_macs =
      stub("gmacs_per_s: 0.001\ngbytes_per_s: 1e9\nnode_us: 0\nnetwork_us: 0\nvariety: 0");
  CHECK(time_of(*only_macs, spec) == Approx(static_cast<double>(macs) / 1e3).epsilon(1e-4));
  const auto only_nodes =
      stub("gmacs_per_s: 1e9\ngbytes_per_s: 1e9\nnode_us: 7\nnetwork_us: 0\nvariety: 0");
  CHECK(time_of(*only_nodes, spec) == Approx(0.007 * static_cast<double>(nodes)).epsilon(1e-3));
}

TEST_CASE("what it was set to is part of its description") {
  CHECK(stub("node_us: 3")->info().device != stub("node_us: 4")->info().device);
  const hw::DeviceInfo info = stub("batch: 8\nthreads: 2")->info();
  CHECK(info.batch == 8);
  CHECK(info.threads == 2);
  CHECK(stub("batch: 8")->workload().batch == 8);
}

TEST_CASE("an empty network is refused") {
  CHECK_THROWS_AS(stub()->prepare(NetworkSpec{}), DeviceError);
}
