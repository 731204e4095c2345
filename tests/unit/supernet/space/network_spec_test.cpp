#include "supernet/space/network_spec.h"

#include "tests/support/catch.h"
#include "tests/support/spaces.h"

using namespace tailor;

TEST_CASE("precisions have names") {
  CHECK(precision_name(Precision::f32) == "f32");
  CHECK(precision_name(Precision::bf16) == "bf16");
  CHECK(precision_name(Precision::f16) == "f16");
}

TEST_CASE("workloads compare by every field") {
  CHECK(Workload{} == Workload{.batch = 1});
  CHECK(Workload{} != Workload{.batch = 2});
  CHECK(Workload{} != Workload{.phase = Phase::train});
}

TEST_CASE("a node finds its weight by role") {
  Node node;
  node.weights = {whole_weight("a", Role::weight, Init::zeros, {2}),
                  whole_weight("b", Role::bias, Init::zeros, {2})};
  CHECK(node.weight(Role::bias)->name == "b");
  CHECK(node.weight(Role::scale) == nullptr);
}

TEST_CASE("a network's output is its last block's") {
  const test::SlotSpace space;
  const NetworkSpec spec = space.lower(space.parse("w=4,8,0 d=2"), {.batch = 3});
  CHECK(spec.output() == Shape{3, 8});
  CHECK(spec.name == "w=4,8,0 d=2");
  CHECK(spec.workload.batch == 3);
}
