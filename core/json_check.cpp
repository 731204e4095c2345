// A pass over JSON before it is read.
#include "core/json_check.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/str.h"

namespace tailor {
namespace {

using nlohmann::json;

struct Check : nlohmann::json_sax<json> {
  const std::string& what;
  int most;
  std::string problem = {};
  std::vector<std::set<std::string>> keys = {};  // of the objects that are open
  int depth = 0;

  Check(const std::string& w, int m) : what(w), most(m) {}

  bool stop(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool open() { return ++depth <= most || stop(str(what, " is nested too deep")); }
  bool start_object(size_t) override {
    keys.emplace_back();
    return open();
  }
  bool end_object() override {
    keys.pop_back();
    return --depth >= 0;
  }
  bool start_array(size_t) override { return open(); }
  bool end_array() override { return --depth >= 0; }
  bool key(std::string& name) override {
    return keys.back().insert(name).second || stop(str("'", name, "' is in ", what, " twice"));
  }
  bool parse_error(size_t, const std::string&, const json::exception& error) override {
    return stop(str(what, " is not JSON: ", error.what()));
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(int64_t) override { return true; }
  bool number_unsigned(uint64_t) override { return true; }
  bool number_float(double, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(json::binary_t&) override { return true; }
};

}  // namespace

std::string json_problem(std::string_view text, const std::string& what, int depth) {
  Check check(what, depth);
  json::sax_parse(text.begin(), text.end(), &check);
  return check.problem;
}

}  // namespace tailor
