#include "supernet/space/spec_file.h"

#include "core/error.h"
#include "supernet/space/passes.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

std::string read_error(const std::string& text) {
  return error_text<IoError>([&] { spec_from_json(text, "net.json"); });
}

/// A file of one block and one node, which the test breaks by replacing a piece.
std::string file_with(const std::string& piece, const std::string& by) {
  std::string text =
      R"({"format_version":1,"name":"n","inputs":[[1,4]],"blocks":[{"name":"fc","inputs":[0],)"
      R"("nodes":[{"name":"fc.linear","op":"linear","attrs":{},"inputs":[0],)"
      R"("weights":[{"name":"w","role":"weight","shape":[2,4]}]}]}]})";
  const size_t at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.replace(at, piece.size(), by);
}

}  // namespace

TEST_CASE("a network survives writing and reading") {
  for (const char* yaml : {test::kTinyMobileNet, test::kTinyResNet}) {
    const auto space = test::space_of(yaml);
    for (const Arch& arch : space->covering()) {
      const NetworkSpec spec = standalone(space->lower(arch));
      const NetworkSpec back = spec_from_json(spec_to_json(spec), "net.json");
      CHECK(back.name == spec.name);
      CHECK(back.inputs == spec.inputs);
      CHECK(test::network_identity(back) == test::network_identity(spec));
      CHECK(spec_to_json(back) == spec_to_json(spec));
    }
  }
}

TEST_CASE("the smallest file reads") {
  const NetworkSpec spec = spec_from_json(file_with("[1,4]", "[3,4]"), "net.json");
  CHECK(spec.output() == Shape{3, 2});
}

TEST_CASE("text that is no network is refused") {
  CHECK(read_error("").rfind("net.json: not a network: ", 0) == 0);
  CHECK(read_error("[1, 2]").rfind("net.json: not a network: ", 0) == 0);
  CHECK(read_error("{\"format_version\":1").rfind("net.json: not a network: ", 0) == 0);
  CHECK(read_error(std::string(100000, '[')).rfind("net.json: not a network: ", 0) == 0);
  CHECK(read_error(file_with("\"format_version\":1", "\"format_version\":2")) ==
        "net.json: not a usable network: network format 2 is not 1");
}

TEST_CASE("shapes are checked again") {
  CHECK(read_error(file_with("[2,4]", "[2,5]")) ==
        "net.json: not a usable network: linear 'fc.linear': input is [1, 4], weight takes 5 "
        "features");
  CHECK(read_error(file_with("[2,4]", "[2,4,1]")) ==
        "net.json: not a usable network: linear 'fc.linear': weight must have 2 dimensions, got "
        "[2, 4, 1]");
}

TEST_CASE("values that do not exist are refused") {
  const std::string inside = "\"attrs\":{},\"inputs\":[0]";
  for (const char* number : {"1", "-1", "99999999999", "18446744073709551615"}) {
    const std::string node = std::string("\"attrs\":{},\"inputs\":[") + number + "]";
    CHECK(read_error(file_with(inside, node)).find("block 'fc' has no value") != std::string::npos);
    const std::string block = std::string("\"name\":\"fc\",\"inputs\":[") + number + "]";
    CHECK(read_error(file_with("\"name\":\"fc\",\"inputs\":[0]", block))
              .find("network 'n' has no value") != std::string::npos);
  }
}

TEST_CASE("numbers that are not whole or not sensible are refused") {
  CHECK(read_error(file_with("[2,4]", "[2.5,4]")) ==
        "net.json: not a usable network: node 0 of block 'fc': 2.5 is not a whole number");
  CHECK(read_error(file_with("[2,4]", "[1e300,4]")).find("is not a whole number") !=
        std::string::npos);
  CHECK(
      read_error(file_with("[2,4]", "[0,4]")) ==
      "net.json: not a usable network: node 0 of block 'fc': shape [0, 4] has an empty dimension");
  CHECK(read_error(file_with("[2,4]", "[4294967296,4294967296]")).find("is too large") !=
        std::string::npos);
  CHECK(read_error(file_with("[1,4]", "[-1,4]")).find("has an empty dimension") !=
        std::string::npos);
  CHECK(read_error(file_with("[2,4]", "true")).find("true is not a list") != std::string::npos);
}

TEST_CASE("attributes must be there, known and small") {
  const std::string linear = "\"op\":\"linear\",\"attrs\":{}";
  CHECK(read_error(file_with(linear, "\"op\":\"linear\",\"attrs\":{\"x\":1}")) ==
        "net.json: not a usable network: node 0 of block 'fc': attributes {\"x\":1} are not all "
        "known");
  CHECK(read_error(file_with(linear, "\"op\":\"concat\",\"attrs\":{}")).find("'axis' not found") !=
        std::string::npos);
  CHECK(read_error(file_with(linear, "\"op\":\"concat\",\"attrs\":{\"axis\":9223372036854775807}"))
            .find("attribute 9223372036854775807 is too large") != std::string::npos);
  CHECK(read_error(file_with(linear, "\"op\":\"lstm\",\"attrs\":{}"))
            .find("node 0 of block 'fc': unknown operation 'lstm'") != std::string::npos);
}

TEST_CASE("a node of another block's name and a strange role are refused") {
  CHECK(read_error(file_with("fc.linear", "other")) ==
        "net.json: not a usable network: node 0 of block 'fc': the name does not begin with 'fc.'");
  CHECK(read_error(file_with("\"role\":\"weight\"", "\"role\":\"w\"")) ==
        "net.json: not a usable network: node 0 of block 'fc': 'w' is not the role of a weight");
}

TEST_CASE("a file with too many weights is refused") {
  std::string many;
  for (int i = 0; i < 17; ++i) many += R"({"name":"w","role":"weight","shape":[2,4]},)";
  CHECK(
      read_error(file_with("\"weights\":[", "\"weights\":[" + many)).find("more than 16 weights") !=
      std::string::npos);
}

TEST_CASE("cutting a file anywhere never crashes") {
  const test::SlotSpace space;
  const std::string text = spec_to_json(standalone(space.lower(space.largest())));
  for (size_t n = 0; n < text.size(); ++n) {
    CHECK_THROWS_AS(spec_from_json(text.substr(0, n), "net.json"), IoError);
  }
}
