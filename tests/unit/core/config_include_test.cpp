// `include` in a config.
#include "core/config_node.h"
#include "core/error.h"
#include "core/file.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/temp_dir.h"

using namespace tailor;

TEST_CASE("an included file's values stand where the config has none") {
  const test::TempDir dir;
  write_file(dir.file("base/space.yaml"),
             "space: {width: 8, sizes: [1, 2], stem: {k: 3, s: 2}}\ndata: {n: 1}\n");
  write_file(dir.file("my.yaml"),
             "include: base/space.yaml\nspace: {sizes: [4], stem: {k: 5}}\nseed: 7\n");
  const ConfigNode config = ConfigNode::load(dir.file("my.yaml"));
  CHECK(config.canonical_text() ==
        ConfigNode::parse("seed: 7\ndata: {n: 1}\n"
                          "space: {width: 8, sizes: [4], stem: {k: 5, s: 2}}\n",
                          "")
            .canonical_text());
}

TEST_CASE("a section that chooses another part replaces the included one") {
  const test::TempDir dir;
  write_file(dir.file("base.yaml"), "device: {name: stub, gmacs: 3}\n");
  write_file(dir.file("other.yaml"), "include: base.yaml\ndevice: {name: command}\n");
  write_file(dir.file("same.yaml"), "include: base.yaml\ndevice: {name: stub, threads: 2}\n");
  CHECK_FALSE(ConfigNode::load(dir.file("other.yaml")).child("device").has("gmacs"));
  CHECK(ConfigNode::load(dir.file("same.yaml")).child("device").has("gmacs"));
}

TEST_CASE("a mistake in an included file is told with that file's name and line") {
  const test::TempDir dir;
  write_file(dir.file("base.yaml"), "a: 1\nwidth: many\n");
  write_file(dir.file("my.yaml"), "include: base.yaml\nb: few\n");
  const ConfigNode config = ConfigNode::load(dir.file("my.yaml"));
  int64_t value = 0;
  CHECK_THROWS_WITH(config.read("width", value, {}), Catch::Contains("base.yaml:2:8: width"));
  CHECK_THROWS_WITH(config.read("b", value, {}), Catch::Contains("my.yaml:2:4: b"));
}

TEST_CASE("includes that cannot be followed name the place") {
  const test::TempDir dir;
  const auto error_of = [&](const std::string& text) {
    write_file(dir.file("my.yaml"), text);
    return test::error_text<ConfigError>([&] { ConfigNode::load(dir.file("my.yaml")); });
  };
  CHECK_THAT(error_of("a: 1\ninclude: none.yaml\n"),
             Catch::Contains("my.yaml:2:10: include: ") && Catch::Contains("none.yaml"));
  CHECK_THAT(error_of("include: [a, b]\n"), Catch::Contains("must be a file, got a list"));
  CHECK_THAT(error_of("include: my.yaml\n"), Catch::Contains("does one include itself?"));
}

TEST_CASE("text that is no file includes nothing") {
  const ConfigNode config = ConfigNode::parse("include: x.yaml\n", "text");
  CHECK_THROWS_AS(config.finish(), ConfigError);
}
