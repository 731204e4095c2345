#include "trainers/language/mixers.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_language.h"

using namespace tailor;
using namespace tailor::train;

TEST_CASE("archs are made and read by the names of their mixers") {
  const auto space = test::space_of(test::kTinyLanguage);
  CHECK(layer_count(*space) == 3);
  CHECK(mixer_choices(*space) ==
        std::vector<std::string>{"none", "gla", "gdn", "jet", "swa", "attn"});
  const std::vector<std::string> mixers = {"gla", "attn", "none"};
  const Arch arch = with_mixers(*space, space->largest(), mixers);
  CHECK(mixers_of(*space, arch) == mixers);
  CHECK(space->print(arch) ==
        "mixer=gla,attn,none window=0,0,0 heads=2,0,0 dk=8,0,0 dv=16,0,0 mlp=32,32,32");
  CHECK(test::error_text<ConfigError>([&] {
          with_mixers(*space, arch, {"gla", "gla", "mamba2"});
        }).find("has no mixer 'mamba2'; it has none, gla") != std::string::npos);
}

TEST_CASE("values of a group change where they matter") {
  const auto space = test::space_of(test::kTinyLanguage);
  const Arch arch = with_mixers(*space, space->largest(), {"gla", "attn", "jet"});
  CHECK(space->print(with_values(*space, arch, {{"heads", 1}, {"dk", 4}})) ==
        "mixer=gla,attn,jet window=0,0,0 heads=1,0,1 dk=4,0,4 dv=16,0,16 mlp=32,32,32");
  CHECK(test::error_text<ConfigError>([&] {
          with_values(*space, arch, {{"dk", 5}});
        }) == "dk of 'hybrid_lm' cannot be 5; it has 4, 8");
}

TEST_CASE("places are spread evenly") {
  CHECK(uniform_places(8, 2) == std::vector<int>{2, 6});
  CHECK(uniform_places(6, 2) == std::vector<int>{1, 4});
  CHECK(uniform_places(28, 4) == std::vector<int>{3, 10, 17, 24});
  CHECK(uniform_places(5, 0).empty());
  CHECK(placed(3, "gla", "attn", {1}) == std::vector<std::string>{"gla", "attn", "gla"});
}

TEST_CASE("a network's vocabulary, where it reads tokens") {
  const auto space = test::space_of("family: hybrid_lm\nlayers: 1\nvocab: 50\ntokens: 12\n");
  CHECK(vocabulary_size(*space, space->largest()) == 50);
  const auto images = test::space_of(test::kTinyResNet);
  CHECK(test::error_text<ConfigError>([&] {
          vocabulary_size(*images, images->largest());
        }).find("reads no tokens") != std::string::npos);
}

TEST_CASE("a space of images has no mixers") {
  CHECK(test::error_text<ConfigError>([] {
          layer_count(*test::space_of(test::kTinyResNet));
        }).find("is no language model") != std::string::npos);
}
