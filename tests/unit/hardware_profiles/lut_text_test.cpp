// Latency tables as YAML: round trip, and every way a file can be wrong.
#include "core/error.h"
#include "hardware_profiles/lut.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using namespace tailor::hw;

namespace {

LatencyTable sample() {
  LatencyTable table({{"a \"CPU\": #1", "stub", "1", "f32", 1, 2},
                      "2025-01-31T12:00:00Z",
                      "tiny",
                      "alone",
                      "ks=3 r=16",
                      2.25,
                      0.01,
                      {{"f32 in[1, 5]", {"stem", 0.125, 0.02, 15, ""}}}});
  table.insert("f32 in[1, 3]; relu() of 0 -> [1, 3]", {"stem", 1.0 / 3, 0.01, 100, ""});
  table.insert("f32 in[1, 4]", {"stage1.block1", 1e-5, 0, 1, "inside"});
  return table;
}

std::string refusal(const std::string& text) {
  return test::error_text<IoError>([&] { LatencyTable::parse(text, "lut.yaml"); });
}

/// The sample's text with one piece replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = sample().text();
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a table reads back to the bit") {
  const LatencyTable again = LatencyTable::parse(sample().text(), "lut.yaml");
  CHECK(again.text() == sample().text());
  CHECK(again.header().device.device == "a \"CPU\": #1");
  CHECK(again.header().reference_ms == 2.25);
  REQUIRE(again.header().reference_blocks.size() == 1);
  CHECK(again.header().reference_blocks.at("f32 in[1, 5]").median_ms == 0.125);
  CHECK(again.find("f32 in[1, 3]; relu() of 0 -> [1, 3]")->median_ms == 1.0 / 3);
  CHECK(again.find("f32 in[1, 4]")->method == "inside");
}

TEST_CASE("a table without entries reads back") {
  CHECK(LatencyTable::parse(LatencyTable(sample().header()).text(), "lut.yaml").entries().empty());
}

TEST_CASE("a table of format 1 is read: no reference blocks") {
  std::string text = changed("format_version: 2", "format_version: 1");
  CHECK(contains(refusal(text), "unknown"));
  const size_t from = text.find("reference_blocks"), to = text.find("entries");
  text.erase(from, to - from);
  const LatencyTable old = LatencyTable::parse(text, "lut.yaml");
  CHECK(old.header().reference_blocks.empty());
  CHECK(old.header().reference_ms == 2.25);
  CHECK(old.entries().size() == 2);
  CHECK(contains(refusal(sample().text().erase(from, to - from)), "reference_blocks"));
}

TEST_CASE("another version or unit is refused by place") {
  CHECK(refusal(changed("format_version: 2", "format_version: 7")) ==
        "lut.yaml:1:17: format_version: this build reads 1 to 2, got 7; profile the device again");
  CHECK(contains(refusal(changed("unit: ms", "unit: us")), "unit: must be ms, got 'us'"));
  CHECK(contains(refusal(changed("unit: ms\n", "")), "unit"));
}

TEST_CASE("times and counts out of range are refused") {
  for (const std::string bad : {"0", "-1", ".nan", ".inf", "1e300", "fast", "[1]", ""}) {
    INFO(bad);
    CHECK(contains(refusal(changed("median_ms: 1e-05", "median_ms: " + bad)), "median_ms"));
    CHECK(contains(refusal(changed("median_ms: 0.125", "median_ms: " + bad)), "median_ms"));
  }
  CHECK(contains(refusal(changed("spread: 0.01, count", "spread: -1, count")), "spread"));
  CHECK(contains(refusal(changed("count: 100", "count: 0")), "count"));
  CHECK(contains(refusal(changed("count: 100", "count: 1.5")), "count"));
  CHECK(contains(refusal(changed("threads: 2", "threads: 0")), "threads"));
}

TEST_CASE("unknown, missing and doubled things are refused") {
  CHECK(contains(refusal(changed("label: \"stem\"", "lable: \"stem\"")), "label"));
  CHECK(contains(refusal(changed("date:", "dates:")), "date"));
  CHECK(contains(refusal(changed("f32 in[1, 4]", "f32 in[1, 3]; relu() of 0 -> [1, 3]")),
                 "is already there as 'stem'"));
  CHECK(contains(refusal(changed("f32 in[1, 4]", "")), "key"));
  CHECK(contains(refusal(changed("space:", "unit: ms\nspace:")), "given twice"));
  CHECK(contains(refusal("entries: 3\n"), "format_version"));
  CHECK(contains(refusal(""), "format_version"));
}

TEST_CASE("a file cut off anywhere is refused or has lost whole entries at its end") {
  const std::string text = sample().text();
  for (size_t length = 0; length < text.size(); ++length) {
    try {
      const LatencyTable table = LatencyTable::parse(text.substr(0, length), "lut.yaml");
      CHECK(table.entries().size() <= 2);
      for (const auto& [key, entry] : table.entries()) {
        CHECK(sample().find(key)->median_ms == entry.median_ms);
      }
    } catch (const IoError&) {
    }
  }
}
