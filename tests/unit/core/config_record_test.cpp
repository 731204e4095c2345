#include "core/config_node.h"

#include "core/error.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

/// What a part with sections and a list reads.
void read_options(const ConfigNode& node) {
  double rate = 0.1;
  std::string name, kind;
  int64_t width = 8;
  std::map<std::string, double> limits;
  node.read("name", name, {.required = true, .doc = "which | one"});
  const ConfigNode optimizer = node.child("optimizer", "how to step");
  optimizer.read("lr", rate, {.min = 0, .max = 1, .doc = "step size"});
  optimizer.read("kind", kind, {.choices = {"adam", "sgd"}});
  optimizer.finish();
  for (const ConfigNode& stage : node.children("stages", "one a stage")) {
    stage.read("width", width, {.min = 1});
    stage.finish();
  }
  node.read("limits", limits, {});
  node.read("name", name, {.doc = "again"});
  node.finish();
  throw Error("a recording run must not come here");
}

}  // namespace

TEST_CASE("a recording run lists fields in order, once each") {
  const auto fields = record_fields(read_options);
  std::vector<std::string> lines;
  for (const FieldDoc& f : fields) {
    lines.push_back(
        join(std::vector<std::string>{f.path, f.type, f.default_value, f.range, f.doc}, "; "));
  }
  CHECK(lines == std::vector<std::string>{
                     "name; text; ; ; which | one",
                     "optimizer; section; {}; ; how to step",
                     "optimizer.lr; number; 0.1; in [0, 1]; step size",
                     "optimizer.kind; text; (not set); one of adam, sgd; ",
                     "stages; list of sections; []; ; one a stage",
                     "stages[].width; integer; 8; >= 1; ",
                     "limits; names with numbers; {}; ; ",
                 });
}

TEST_CASE("a recording run ends at finish and keeps the defaults") {
  bool after = false;
  record_fields([&](const ConfigNode& node) {
    bool flag = true;
    int small = 3;
    node.read("flag", flag, {});
    node.read("small", small, {});
    CHECK(flag);
    CHECK(small == 3);
    CHECK(node.recording());
    CHECK(node.where("flag") == "");
    CHECK_FALSE(node.has("flag"));
    node.finish();
    after = true;
  });
  CHECK_FALSE(after);
}

TEST_CASE("errors of the recorded code come through") {
  CHECK_THROWS_WITH(record_fields([](const ConfigNode& node) { node.fail("x", "no"); }), "no");
  CHECK(record_fields([](const ConfigNode&) {}).empty());
}

TEST_CASE("the fields print as a Markdown table") {
  const std::string table = markdown_table(record_fields(read_options));
  CHECK(table.substr(0, table.find("`optimizer.kind`") - 2) ==
        "| field | type | default | range | meaning |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `name` | text | required |  | which \\| one |\n"
        "| `optimizer` | section | `{}` |  | how to step |\n"
        "| `optimizer.lr` | number | `0.1` | in [0, 1] | step size |\n");
}
