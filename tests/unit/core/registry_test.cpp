#include "core/registry.h"

#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;

namespace {

struct Part {
  int64_t size = 0;
  int extra = 0;
};
using Parts = Registry<Part, int>;

std::unique_ptr<Part> make_big(const ConfigNode& config, int extra) {
  auto part = std::make_unique<Part>();
  std::string name;
  config.read("name", name, {});
  config.read("size", part->size, {.min = 1, .doc = "how big"});
  config.finish();
  part->extra = extra;
  return part;
}

Parts parts() {
  Parts registry("search strategy");
  registry.add("evolution", "the one", make_big);
  registry.add("random", "the other", make_big);
  registry.add("nsga2", "the third", make_big);
  registry.add_absent("gpu", "built without CUDA");
  return registry;
}

}  // namespace

TEST_CASE("an unknown name is answered with the nearest and the known ones") {
  CHECK(unknown_name_text("search strategy", "evolutoin", {"evolution", "nsga2", "random"}) ==
        "unknown search strategy 'evolutoin'; did you mean 'evolution'? known: evolution, nsga2, "
        "random");
  CHECK(unknown_name_text("op", "zzz", {"conv"}) == "unknown op 'zzz'; known: conv");
  CHECK(unknown_name_text("op", "zzz", {}) == "unknown op 'zzz'; known: none");
}

TEST_CASE("a registry makes parts with their config and arguments") {
  const auto part = parts().create("random", ConfigNode::parse("size: 3", "c.yaml"), 5);
  CHECK(part->size == 3);
  CHECK(part->extra == 5);
}

TEST_CASE("creating an unknown part says where it was asked for") {
  const ConfigNode config = ConfigNode::parse("\nsize: 3", "c.yaml");
  CHECK(error_text<UnknownNameError>([&] { parts().create("nsga", config, 1); }) ==
        "c.yaml:2:1: unknown search strategy 'nsga'; did you mean 'nsga2'? known: evolution, gpu, "
        "nsga2, random");
}

TEST_CASE("an absent part says why") {
  CHECK(error_text<ConfigError>([] { parts().create("gpu", ConfigNode::empty("c.yaml"), 1); }) ==
        "c.yaml: search strategy 'gpu' is not available: built without CUDA");
  CHECK(parts().names() == std::vector<std::string>{"evolution", "nsga2", "random"});
  CHECK(parts().describe("gpu", 1).empty());
}

TEST_CASE("a name is registered once") {
  Parts registry = parts();
  CHECK(error_text<Error>([&] { registry.add("random", "", make_big); }) ==
        "search strategy 'random' is registered twice");
}

TEST_CASE("describe lists a part's fields, the name once") {
  const auto fields = parts().describe("random", 1);
  REQUIRE(fields.size() == 2);
  CHECK(fields[0].path == "name");
  CHECK(fields[0].default_value == "random");
  CHECK(fields[1].path == "size");
  CHECK(fields[1].doc == "how big");
}
