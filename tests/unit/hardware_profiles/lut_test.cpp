// Latency tables in memory and the conditions they were measured under.
#include "hardware_profiles/lut.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

TableHeader header() {
  return {{"a CPU", "stub", "1", "f32", 1, 2}, "2025-01-31T12:00:00Z", "tiny", "alone", "d=1", 2};
}

std::string refusal(const TableHeader& want) {
  return test::error_text<IoError>([&] { check_same_conditions(header(), want, "lut.yaml"); });
}

}  // namespace

TEST_CASE("entries are found by key") {
  LatencyTable table(header());
  table.insert("f32 in[1]", {"stem", 0.5, 0.01, 100, ""});
  REQUIRE(table.find("f32 in[1]"));
  CHECK(table.find("f32 in[1]")->median_ms == 0.5);
  CHECK(table.find("f32 in[2]") == nullptr);
}

TEST_CASE("times that are no times are refused") {
  LatencyTable table;
  CHECK_THROWS_AS(table.insert("k", {"stem", 0, 0, 1, ""}), Error);
  CHECK_THROWS_AS(table.insert("k", {"stem", -1, 0, 1, ""}), Error);
  CHECK_THROWS_AS(table.insert("k", {"stem", std::nan(""), 0, 1, ""}), Error);
  CHECK_THROWS_AS(table.insert("k", {"stem", 1, INFINITY, 1, ""}), Error);
  CHECK(table.entries().empty());
}

TEST_CASE("equal conditions are accepted whatever the date and the reference's time") {
  TableHeader want = header();
  want.date = "later";
  want.reference_ms = 3;
  CHECK_NOTHROW(check_same_conditions(header(), want, "lut.yaml"));
}

TEST_CASE("every condition that differs is refused by name") {
  TableHeader want = header();
  want.device.threads = 1;
  CHECK(refusal(want) ==
        "lut.yaml: was measured with threads '2', this run has '1'; give this run another file, or "
        "remove this one");
  const std::vector<std::pair<std::string, std::function<void(TableHeader&)>>> changes = {
      {"device", [](auto& h) { h.device.device = "x"; }},
      {"runtime", [](auto& h) { h.device.runtime = "x"; }},
      {"version", [](auto& h) { h.device.version = "x"; }},
      {"precision", [](auto& h) { h.device.precision = "bf16"; }},
      {"batch", [](auto& h) { h.device.batch = 9; }},
      {"space", [](auto& h) { h.space = "x"; }},
      {"method", [](auto& h) { h.method = "x"; }},
      {"reference", [](auto& h) { h.reference = "x"; }}};
  for (const auto& [field, change] : changes) {
    TableHeader other = header();
    change(other);
    CHECK(refusal(other).find("was measured with " + field + " '") != std::string::npos);
  }
}

TEST_CASE("a saved table is loaded again") {
  const test::TempDir dir;
  LatencyTable table(header());
  table.insert("key", {"stem", 0.1, 0.02, 7, "inside"});
  table.save(dir.file("profile/lut.yaml"));
  const LatencyTable again = LatencyTable::load(dir.file("profile/lut.yaml"));
  CHECK(again.text() == table.text());
  CHECK_THROWS_AS(LatencyTable::load(dir.file("absent.yaml")), IoError);
}
