#include "search/snapshot.h"

#include <cmath>

#include "core/error.h"
#include "tests/support/error_text.h"
#include "tests/support/toy_space.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;
using test::ToySpace;

Snapshot example(const ToySpace& space) {
  Snapshot s;
  s.problem = "abc";
  s.seconds = 1.25;
  s.idle = 2;
  s.improved_at = 3;
  s.records = {{space.smallest(), 0.1, {4.5, 6}}, {space.largest(), -2e-17, {1.0 / 3, 0}}};
  s.history = {{0, 1, 0.1, 1, 0, 0.1}, {1, 2, 0.1, 0, 7, std::nan("")}};
  s.strategy = "evolution 1 2\n\nany text\n";
  return s;
}

TEST_CASE("a snapshot reads back to the bit") {
  const ToySpace space(2);
  const Snapshot s = example(space);
  const Snapshot back = Snapshot::parse(space, s.text(), "snap");
  CHECK(back.text() == s.text());
  CHECK(back.problem == "abc");
  CHECK(back.seconds == 1.25);
  CHECK(back.idle == 2);
  CHECK(back.improved_at == 3);
  REQUIRE(back.records.size() == 2);
  CHECK(back.records[1].arch == space.largest());
  CHECK(back.records[1].objective == -2e-17);
  CHECK(back.records[1].tracked == std::vector<double>{1.0 / 3, 0});
  REQUIRE(back.history.size() == 2);
  CHECK(back.history[1].infeasible == 7);
  CHECK(std::isnan(back.history[1].mean));
  CHECK(back.strategy == s.strategy);
}

TEST_CASE("a snapshot that is cut off anywhere is refused") {
  const ToySpace space;
  const std::string text = example(space).text();
  for (size_t length = 0; length < text.size(); ++length) {
    CHECK_THROWS_AS(Snapshot::parse(space, text.substr(0, length), "snap"), IoError);
  }
}

TEST_CASE("a changed snapshot is refused, and says how to go on") {
  const ToySpace space;
  std::string text = example(space).text();
  text[text.find("4.5")] = '3';
  CHECK(error_text<IoError>([&] { Snapshot::parse(space, text, "snap"); }) ==
        "snap:1: the checksum does not match; remove the file to begin anew");
  CHECK(error_text<IoError>([&] { Snapshot::parse(space, "a b c\n", "snap"); }) ==
        "snap:1: is no search snapshot of this version; remove the file to begin anew");
}

TEST_CASE("a snapshot of another space is refused") {
  const ToySpace one(1), two(2);
  CHECK(error_text<IoError>([&] { Snapshot::parse(two, example(one).text(), "snap"); }) ==
        "snap:3: '0,0,-,-,0,-,-,0' is not an arch of 'toy'; remove the file to begin anew");
}

TEST_CASE("counts and numbers are checked even under a right checksum") {
  const ToySpace space;
  const auto refused = [&](const std::string& body) {
    const std::string text = "tailor-search-snapshot 2 " + hex(fnv1a(body)) + "\n" + body;
    return error_text<IoError>([&] { Snapshot::parse(space, text, "snap"); });
  };
  CHECK(refused("abc 1 0 0 0 99999999999 0\n").find("snap:3: the file is cut off") == 0);
  CHECK(refused("abc 1 0 0 0 -1 0\n").find("snap:2: '-1' is not a count") == 0);
  CHECK(refused("abc x 0 0 0 0 0\n").find("snap:2: 'x' is not a number") == 0);
  CHECK(refused("abc 1 0\n").find("snap:2: has the wrong number of values") == 0);
}

}  // namespace
}  // namespace tailor::search
