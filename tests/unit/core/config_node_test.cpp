#include "core/config_node.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

const char* const kText =
    "# a search\n"
    "space: {name: mb_v3}\n"
    "search:\n"
    "  strategy:\n"
    "    name: evolution\n"
    "    population: 1\n"
    "  stages:\n"
    "    - width: 8\n"
    "    - width: x\n";

ConfigNode config() { return ConfigNode::parse(kText, "c.yaml"); }

std::string set_error(const std::string& assignment) {
  return error_text<ConfigError>([&] { config().set(assignment); });
}

int64_t read_population(const ConfigNode& root) {
  int64_t population = 100;
  root.child("search").child("strategy").read("population", population, {.min = 2, .max = 1e5});
  return population;
}

}  // namespace

TEST_CASE("a node knows its keys and its place") {
  const ConfigNode root = config();
  CHECK(root.keys() == std::vector<std::string>{"space", "search"});
  CHECK(root.has("search"));
  CHECK_FALSE(root.has("train"));
  CHECK_FALSE(root.is_scalar("search"));
  CHECK_FALSE(root.is_scalar("train"));
  CHECK_FALSE(root.holds_list("search"));
  CHECK(ConfigNode::parse("a: [1]", "c.yaml").holds_list("a"));
  CHECK_FALSE(root.recording());
  const ConfigNode strategy = root.child("search").child("strategy");
  CHECK(strategy.is_scalar("name"));
  CHECK(strategy.path() == "search.strategy");
  CHECK(root.path() == "");
  CHECK(root.where() == "c.yaml:2:1: ");
  CHECK(strategy.where() == "c.yaml:5:5: search.strategy: ");
  CHECK(strategy.where("population") == "c.yaml:6:17: search.strategy.population: ");
  CHECK(strategy.where("absent") == "c.yaml:5:5: search.strategy.absent: ");
  CHECK(strategy.child("more").child("less").where() == "c.yaml:5:5: search.strategy.more.less: ");
  CHECK(error_text<ConfigError>([&] { strategy.fail("name", "no"); }) ==
        "c.yaml:5:11: search.strategy.name: no");
}

TEST_CASE("an error in the file gives line and column, one in --set the path") {
  ConfigNode root = config();
  CHECK(error_text<ConfigError>([&] { read_population(root); }) ==
        "c.yaml:6:17: search.strategy.population: must be in [2, 100000], got 1");
  root.set("search.strategy.population=0");
  CHECK(error_text<ConfigError>([&] { read_population(root); }) ==
        "--set search.strategy.population: search.strategy.population: must be in [2, 100000], "
        "got 0");
  root.set(" search.strategy.population = 7");
  CHECK(read_population(root) == 7);
}

TEST_CASE("set makes sections, indexes lists, and reaches nodes made before") {
  ConfigNode root = config();
  const ConfigNode train = root.child("train");
  CHECK_FALSE(root.has("train"));
  root.set("train.optimizer.lr=0.5");
  root.set("search.stages.1.width=9");
  root.set("search.strategy={name: random}");
  CHECK(root.has("train"));
  double rate = 0;
  train.child("optimizer").read("lr", rate, {});
  CHECK(rate == 0.5);
  int64_t width = 0;
  root.child("search").children("stages")[1].read("width", width, {});
  CHECK(width == 9);
  CHECK(root.child("search").child("strategy").keys() == std::vector<std::string>{"name"});
  CHECK(ConfigNode::parse("a:\n", "c").child("a").keys().empty());
}

TEST_CASE("set explains what it cannot do") {
  for (const char* bad : {"a.b", "=1", "a..b=1", ".a=1"}) {
    CHECK(set_error(bad) == str("--set ", bad, ": must look like section.key=value"));
  }
  CHECK(set_error("space.name.x=1") ==
        "--set space.name.x: space.name is a single value and has no 'x'");
  CHECK(set_error("search.stages.2.width=1") ==
        "--set search.stages.2.width: search.stages is a list of 2; the next part must be an index "
        "from 0, got '2'");
  CHECK(set_error("search.stages.x=1") ==
        "--set search.stages.x: search.stages is a list of 2; the next part must be an index from "
        "0, got 'x'");
  CHECK(set_error("a=b: c: d") == "--set a: not YAML: illegal map value");
}

TEST_CASE("finish names the first key nobody read and the nearest one") {
  const ConfigNode root = ConfigNode::parse("lr: 1\npopulatoin: 3\n", "c.yaml");
  double rate = 0;
  int64_t population = 0;
  root.read("lr", rate, {});
  root.read("population", population, {});
  CHECK(error_text<ConfigError>([&] { root.finish(); }) ==
        "c.yaml:2:1: populatoin: unknown key; did you mean 'population'? known: lr, population");
  ConfigNode other = ConfigNode::empty("c.yaml");
  CHECK_NOTHROW(other.finish());
  other.set("a.b=1");
  CHECK(error_text<ConfigError>([&] { other.child("a").finish(); }) ==
        "--set a.b: a.b: unknown key; known: none");
}

TEST_CASE("sections and lists of sections must be that") {
  const ConfigNode root = config();
  CHECK(error_text<ConfigError>([&] { root.child("space").child("name"); }) ==
        "c.yaml:2:15: space.name: must be a section of 'key: value' lines, got 'mb_v3'");
  CHECK(error_text<ConfigError>([&] { root.children("space"); }) ==
        "c.yaml:2:8: space: must be a list of sections, got a section");
  const ConfigNode list = ConfigNode::parse("a:\n  - b: 1\n  - 5\n", "c.yaml");
  CHECK(error_text<ConfigError>([&] { list.children("a"); }) ==
        "c.yaml:3:5: a.1: must be a section of 'key: value' lines, got 5");
  CHECK(root.children("absent").empty());
  CHECK(error_text<ConfigError>([] { ConfigNode::parse("[1]", "c.yaml"); }) ==
        "c.yaml:1:1: a config must be lines of 'key: value', got a list");
}

TEST_CASE("an item of a list says which it is") {
  const auto stages = config().child("search").children("stages");
  REQUIRE(stages.size() == 2);
  int64_t width = 0;
  CHECK(error_text<ConfigError>([&] { stages[1].read("width", width, {}); }) ==
        "c.yaml:9:14: search.stages.1.width: must be an integer, got 'x'");
}

TEST_CASE("text is a complete config that reads again") {
  ConfigNode root = ConfigNode::parse("b: {x: 2.50}\n", "c.yaml");
  const auto read_all = [](const ConfigNode& node) {
    double x = 1, y = 1e-3;
    std::string name = "5";
    std::vector<std::string> kinds = {"a b", "c"};
    node.child("b").read("x", x, {});
    node.child("b").read("y", y, {});
    node.child("unused").child("deeper");
    node.read("name", name, {});
    node.read("kinds", kinds, {});
  };
  read_all(root);
  const std::string text = root.text();
  CHECK(text == "b:\n  x: 2.5\n  y: 0.001\nname: \"5\"\nkinds: [a b, c]\n");
  const ConfigNode again = ConfigNode::parse(text, "again.yaml");
  read_all(again);
  CHECK(again.text() == text);
  CHECK(again.canonical_text() == "b:\n  x: 2.5\n  y: 0.001\nkinds: [a b, c]\nname: \"5\"\n");
}

TEST_CASE("configs load from files") {
  const test::TempDir dir;
  write_file(dir.file("c.yaml"), kText);
  CHECK(ConfigNode::load(dir.file("c.yaml")).child("search").where() ==
        dir.file("c.yaml") + ":4:3: search: ");
  CHECK_THROWS_AS(ConfigNode::load(dir.file("none.yaml")), IoError);
}
