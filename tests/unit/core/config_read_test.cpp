#include <cmath>
#include <limits>

#include "core/config_node.h"
#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

template <class T>
T read(const std::string& text, const Rule& rule = {}, T field = T{}) {
  ConfigNode::parse(text, "c").read("x", field, rule);
  return field;
}

template <class T>
std::string read_error(const std::string& text, const Rule& rule = {}) {
  return test::error_text<ConfigError>([&] { read<T>(text, rule); });
}

using Numbers = std::vector<double>;
using Integers = std::vector<int64_t>;
using Texts = std::vector<std::string>;
using Map = std::map<std::string, double>;

}  // namespace

TEST_CASE("every kind of field reads") {
  CHECK(read<bool>("x: yes"));
  CHECK_FALSE(read<bool>("x: false", {}, true));
  CHECK(read<int64_t>("x: -9000000000") == -9000000000);
  CHECK(read<int>("x: +7") == 7);
  CHECK(read<double>("x: 1e-3") == 1e-3);
  CHECK(read<double>("x: 2") == 2);
  CHECK(read<std::string>("x: 2") == "2");
  CHECK(read<std::string>("x: ''") == "");
  CHECK(read<Integers>("x: [1, 2]") == Integers{1, 2});
  CHECK(read<Numbers>("x:\n- 1\n- .5\n") == Numbers{1, 0.5});
  CHECK(read<Texts>("x: [a, 1]") == Texts{"a", "1"});
  CHECK(read<Texts>("x: []", {}, {"a"}).empty());
  CHECK(read<Map>("x: {a: 1, b: 2.5}", {}, {{"c", 1}}) == Map{{"a", 1}, {"b", 2.5}});
}

TEST_CASE("absent fields keep their default") {
  CHECK(read<double>("y: 1", {}, 3) == 3);
  CHECK(read<Texts>("y: 1", {}, {"a"}) == Texts{"a"});
  CHECK(read<Map>("y: 1", {}, {{"c", 1}}) == Map{{"c", 1}});
}

TEST_CASE("wrong types are errors") {
  CHECK(read_error<bool>("x: 1") == "c:1:4: x: must be yes or no, got 1");
  CHECK(read_error<bool>("x: 'yes'") == "c:1:4: x: must be yes or no, got 'yes'");
  CHECK(read_error<int64_t>("x: 1e3") == "c:1:4: x: must be an integer, got 1e3");
  CHECK(read_error<int64_t>("x: 2.0") == "c:1:4: x: must be an integer, got 2.0");
  CHECK(read_error<int64_t>("x: '2'") == "c:1:4: x: must be an integer, got '2'");
  CHECK(read_error<int64_t>("x: 9223372036854775808") ==
        "c:1:4: x: must be an integer, got 9223372036854775808");
  CHECK(read_error<double>("x: .inf") == "c:1:4: x: must be a number, got '.inf'");
  CHECK(read_error<double>("x: nan") == "c:1:4: x: must be a number, got 'nan'");
  CHECK(read_error<double>("x: 1e999") == "c:1:4: x: must be a number, got '1e999'");
  CHECK(read_error<double>("a: 1\nx:\n") == "c:2:1: x: must be a number, got nothing");
  CHECK(read_error<std::string>("x: [a]") == "c:1:4: x: must be a text, got a list");
  CHECK(read_error<Integers>("x: 5") == "c:1:4: x: must be a list of integers, got 5");
  CHECK(read_error<Integers>("x: [1, a]") == "c:1:8: x.1: must be an integer, got 'a'");
  CHECK(read_error<Map>("x: [1]") == "c:1:4: x: must be lines of 'name: number', got a list");
  CHECK(read_error<Map>("x: {a: b}") == "c:1:5: x.a: must be a number, got 'b'");
}

TEST_CASE("values out of range are errors") {
  CHECK(read_error<int64_t>("x: 1", {.min = 2, .max = 1e5}) ==
        "c:1:4: x: must be in [2, 100000], got 1");
  CHECK(read_error<double>("x: -1", {.min = 0}) == "c:1:4: x: must be >= 0, got -1");
  CHECK(read_error<double>("x: 1.5", {.max = 1}) == "c:1:4: x: must be <= 1, got 1.5");
  CHECK(read_error<Numbers>("x: [1, 9]", {.max = 5}) == "c:1:8: x.1: must be <= 5, got 9");
  CHECK(read_error<Map>("x: {a: 0}", {.min = 1}) == "c:1:5: x.a: must be >= 1, got 0");
  CHECK(read_error<int>("x: 3000000000") ==
        "c:1:4: x: must be in [-2147483648, 2147483647], got 3000000000");
  const Rule choice = {.choices = {"adam", "sgd"}};
  CHECK(read_error<std::string>("x: sdg", choice) ==
        "c:1:4: x: must be one of adam, sgd, got 'sdg'");
  CHECK(read_error<Texts>("x: [sgd, b]", choice) ==
        "c:1:10: x.1: must be one of adam, sgd, got 'b'");
}

TEST_CASE("a required field must be there") {
  CHECK(read_error<double>("y: 1", {.min = 0, .required = true}) ==
        "c:1:1: x: is missing; it must be a number, >= 0");
  CHECK(read_error<std::string>("", {.required = true}) == "c: x: is missing; it must be a text");
  CHECK(read<double>("x: 1", {.required = true}) == 1);
}

TEST_CASE("a default that means 'not set' stays out of the document") {
  const ConfigNode node = ConfigNode::parse("a: {}\n", "c");
  double limit = std::numeric_limits<double>::infinity();
  std::string kind;
  int64_t count = -1;
  node.read("limit", limit, {});
  node.read("kind", kind, {.choices = {"a"}});
  node.read("count", count, {.min = 1});
  CHECK(node.text() == "a: {}\n");
  CHECK(std::isinf(limit));
}

TEST_CASE("reading does not change what has() and keys() say of the file") {
  const ConfigNode node = ConfigNode::parse("a: 1\n", "c");
  double b = 2;
  node.read("b", b, {});
  CHECK_FALSE(node.has("b"));
  CHECK(node.keys() == std::vector<std::string>{"a"});
  b = 3;
  node.read("b", b, {});
  CHECK(b == 2);  // the value in force
}
