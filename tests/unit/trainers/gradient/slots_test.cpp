#include "trainers/gradient/slots.h"

#include <set>

#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;

namespace {

struct Found {
  std::unique_ptr<SearchSpace> space;
  Restriction only;
  std::vector<BlockPlace> places;
  Slots slots;

  explicit Found(std::unique_ptr<SearchSpace> s,
                 const std::map<std::string, std::vector<double>>& allowed = {})
      : space(std::move(s)),
        only(space->restrict(allowed)),
        places(block_places(*space, {.phase = Phase::train}, &only)),
        slots(*space, places, &only) {}
};

}  // namespace

TEST_CASE("slots: ProxylessNAS has 21 of 6 or 7 options") {
  const Found f(test::shipped_space("proxyless_mobile"));
  REQUIRE(f.slots.size() == 21);
  size_t parameters = 0;
  for (size_t s = 0; s < 21; ++s) {
    const bool first = s % 4 == 0;
    CHECK(f.slots[s].options.size() == (first ? 6 : 7));
    parameters += f.slots[s].options.size();
  }
  CHECK(parameters == 141);
  CHECK(f.slots[0].name == "stage1.block1");
  CHECK(f.slots[20].name == "stage6.block1");
  CHECK(f.slots.option_text(0, 0) == "ks=3 e=3");
  CHECK(f.slots.option_text(1, 0) == "ks=0");
  CHECK(f.slots.option_text(1, 6) == "ks=7 e=6");
}

TEST_CASE("slots: a depth decides by itself, blocks given that they are kept") {
  const Found f(test::space_of(test::kTinyMobileNet), {{"r", {16}}});
  // Two blocks of four options, a depth; the second stage has no choice.
  REQUIRE(f.slots.size() == 3);
  double combinations = 0;
  std::set<std::string> archs;
  for (size_t a = 0; a < f.slots[0].options.size(); ++a) {
    for (size_t b = 0; b < f.slots[1].options.size(); ++b) {
      for (size_t c = 0; c < f.slots[2].options.size(); ++c) {
        const size_t options[] = {a, b, c};
        archs.insert(f.space->print(f.slots.arch(options)));
        ++combinations;
      }
    }
  }
  CHECK(combinations == 4 * 4 * 2);
  CHECK(static_cast<double>(archs.size()) == f.space->count(&f.only));
}

TEST_CASE("slots: every combination is an arch that a table finds again") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyFbnet, test::kTinyXception}) {
    const Found f(test::space_of(yaml),
                  yaml == test::kTinyFbnet
                      ? std::map<std::string, std::vector<double>>{}
                      : std::map<std::string, std::vector<double>>{{"r", {16}}});
    INFO(f.space->name());
    for (const BlockPlace& place : f.places) {
      const SlotTable table = f.slots.table(place.axes);
      for_each_combination(f.slots, table, [&](size_t k, const std::vector<size_t>& options) {
        std::vector<size_t> all(f.slots.size(), 0);
        for (size_t i = 0; i < options.size(); ++i) all[table.slots[i]] = options[i];
        const Arch arch = f.slots.arch(all);
        CHECK(f.space->allows(f.only, arch));
        REQUIRE(place.choices[table.entries[k]]);
        const auto& block = place.choices[table.entries[k]]->block;
        bool held = false;
        for (const BlockUse& use : f.space->lower(arch, {.phase = Phase::train}).blocks) {
          held = held || use.block == block;
        }
        CHECK(held == (block != nullptr));
      });
    }
  }
}

TEST_CASE("slots: choices that leave nothing are named") {
  const auto space = test::space_of(test::kTinyMobileNet);
  Restriction none = space->restrict({});
  for (size_t c = 0; c < none.allowed[0].size(); ++c) none.allowed[0][c] = false;
  CHECK(test::error_text<ConfigError>([&] {
          Slots(*space, {}, &none);
        }).find("leave 'ks' of 'stage1.block1' without one") != std::string::npos);
}
