// Two tables made into one, and compared.
#include "hardware_profiles/table_merge.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

LatencyTable table(double reference_ms, const std::vector<TableEntry>& entries) {
  LatencyTable out({{"a CPU", "stub", "1", "f32", 1, 2},
                    "2025-01-31T12:00:00Z",
                    "tiny",
                    "alone",
                    "d=1",
                    reference_ms,
                    0.01});
  for (const TableEntry& entry : entries) out.insert("key of " + entry.label, entry);
  return out;
}

double ms(const LatencyTable& of, const std::string& label) {
  return of.find("key of " + label)->median_ms;
}

}  // namespace

TEST_CASE("a merged table has every entry, the tighter of two, at the first one's speed") {
  const LatencyTable a = table(2, {{"stem", 1, 0.05, 10, ""}, {"head", 3, 0.01, 10, ""}});
  const LatencyTable b =
      table(4, {{"stem", 2.2, 0.01, 30, ""}, {"head", 7, 0.02, 30, ""}, {"tail", 10, 0.1, 30, ""}});
  const LatencyTable out = merge_tables(a, b, "b.yaml");
  CHECK(out.entries().size() == 3);
  CHECK(ms(out, "stem") == Approx(1.1));
  CHECK(out.find("key of stem")->count == 30);
  CHECK(ms(out, "head") == 3);
  CHECK(ms(out, "tail") == Approx(5));
  CHECK(out.header().reference_ms == 2);
  CHECK(merge_tables(a, a, "a.yaml").text() == a.text());
}

TEST_CASE("tables of other conditions are not merged") {
  const LatencyTable a = table(2, {{"stem", 1, 0, 1, ""}});
  TableHeader header = a.header();
  header.device.threads = 1;
  CHECK_THROWS_WITH(merge_tables(a, LatencyTable(header), "b.yaml"),
                    Catch::StartsWith("b.yaml: was measured with threads '1', this run has '2'"));
  CHECK(
      test::error_text<IoError>([&] { merge_tables(a, table(0, {}), "b.yaml"); }) ==
      "b.yaml: cannot be merged: one of the tables has no time of the reference network, so their "
      "speeds cannot be compared");
}

TEST_CASE("a difference is what is left at one speed") {
  std::vector<TableEntry> first, second;
  for (int i = 1; i <= 40; ++i) {
    const double factor = i == 7 ? 1.5 : i % 2 ? 1.02 : 0.98;
    first.push_back({str("block", i), 0.1 * i, 0, 1, ""});
    second.push_back({str("block", i), 0.3 * i * factor, 0, 1, ""});
  }
  first.push_back({"old", 1, 0, 1, ""});
  second.push_back({"new", 1, 0, 1, ""});
  const TableDifference out = diff_tables(table(1, first), table(3, second));
  CHECK(out.common == 40);
  CHECK(out.scale->factor == Approx(1.0 / 3));
  CHECK(out.median == Approx(0.02));
  CHECK(out.p95 == Approx(0.02));
  REQUIRE(out.worst.size() == 10);
  CHECK(out.worst[0].label == "block7");
  CHECK(out.worst[0].relative == Approx(0.5));
  CHECK(out.worst[0].b_ms == Approx(1.05));
  CHECK(out.only_a == std::vector<std::string>{"old"});
  CHECK(out.only_b == std::vector<std::string>{"new"});
  const std::string text = out.text();
  CHECK_THAT(text, Catch::StartsWith(
                       "common entries: 40\nsecond table brought to the first's speed: x 0.3333, "
                       "from the reference network's times\ndifference: median 2 %, 95 of 100 "
                       "within 2 %\n  +50 %  block7  0.7 ms, 1.05 ms\n"));
  CHECK_THAT(text, Catch::EndsWith("only in the first 1: old\nonly in the second 1: new\n"));
}

TEST_CASE("equal tables do not differ; without a common reference nothing is scaled") {
  const LatencyTable a = table(2, {{"stem", 1, 0, 1, ""}});
  const TableDifference same = diff_tables(a, a);
  CHECK(same.median == 0);
  CHECK(same.p95 == 0);
  TableHeader header = a.header();
  header.reference = "d=2";
  LatencyTable other(header);
  other.insert("key of stem", {"stem", 3, 0, 1, ""});
  const TableDifference apart = diff_tables(a, other);
  CHECK_FALSE(apart.scale);
  CHECK(apart.worst[0].relative == Approx(2));
  CHECK_THAT(apart.text(), Catch::Contains("not brought to one speed"));
  CHECK(diff_tables(a, table(2, {})).common == 0);
}

TEST_CASE("tables with the same reference blocks are compared by these") {
  const auto with_blocks = [](double reference_ms, const TableEntries& blocks, double ms) {
    TableHeader header = table(reference_ms, {}).header();
    header.reference_blocks = blocks;
    LatencyTable out(header);
    out.insert("key of stem", {"stem", ms, 0, 1, ""});
    return out;
  };
  const LatencyTable a = with_blocks(
      2, {{"x", {"x", 1, 0, 1, ""}}, {"y", {"y", 2, 0, 1, ""}}, {"z", {"z", 3, 0, 1, ""}}}, 1);
  // The median block is 1.25 times as slow, the network twice.
  const LatencyTable b = with_blocks(
      4, {{"x", {"x", 1, 0, 1, ""}}, {"y", {"y", 2.5, 0, 1, ""}}, {"z", {"z", 9, 0, 1, ""}}}, 1.25);
  CHECK(table_scale(a.header(), b.header())->factor == Approx(0.8));
  const TableDifference out = diff_tables(a, b);
  CHECK(out.median == Approx(0).margin(1e-9));
  CHECK_THAT(out.text(), Catch::Contains("x 0.8, from the median of 3 reference blocks\n"));
  // Others than the same ones tell nothing; the network does.
  const LatencyTable other = with_blocks(4, {{"x", {"x", 1, 0, 1, ""}}}, 1);
  CHECK(table_scale(a.header(), other.header())->factor == Approx(0.5));
  CHECK(table_scale(other.header(), a.header())->source == "the reference network's times");
}
