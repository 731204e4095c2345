// covers: supernet/families/published_json.cpp
#include "supernet/families/mobilenet_published.h"

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "supernet/space/cost.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"
#include "tests/support/spaces.h"

#include "tests/support/catch.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::replaced;

namespace {

std::string read_error(const SearchSpace& space, const std::string& text) {
  return error_text<ConfigError>([&] { space.from_published_config(text, "net.config", 224); });
}

}  // namespace

TEST_CASE("net.config: random archs come back from their JSON") {
  for (const char* name :
       {"ofa_mobilenet_v3_w1.2", "ofa_proxyless_w1.3", "proxyless_mobile", "ofa_resnet50d"}) {
    INFO(name);
    const auto space = test::shipped_space(name);
    Rng rng(3);
    for (int i = 0; i < 20; ++i) {
      const Arch arch = space->sample(rng);
      const auto r = static_cast<int64_t>(space->value(arch, "r"));
      const Arch back = space->from_published_config(space->published_config(arch), "j", r);
      CHECK(space->print(back) == space->print(arch));
    }
  }
}

TEST_CASE("net.config: what is not of the space is named") {
  const auto space = test::shipped_space("ofa_mobilenet_v3_w1.2");
  const std::string good = space->published_config(space->smallest());
  CHECK(space->from_published_config(good, "j", 224) == space->parse("ks=3 e=3 d=2 r=224"));
  CHECK(read_error(*space, "{").find("net.config: is not JSON") == 0);
  CHECK(read_error(*space, "[]").find("not an object") != std::string::npos);
  CHECK(read_error(*space, "{\"name\": \"ResNets\"}").find("'ResNets'") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"blocks\"", "\"bricks\"")).find("no 'blocks'") !=
        std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"mid_channels\": 72", "\"mid_channels\": 80"))
            .find("blocks[1]: is 3x3 from 24 over 80 to 32") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"expand_ratio\": 3", "\"expand_ratio\": 5"))
            .find("e[0]") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"expand_ratio\": 3", "\"expand_ratio\": 1e300"))
            .find("expand_ratio must be in (0, 1024]") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"use_se\": true", "\"use_se\": 1"))
            .find("use_se is not true or false") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"kernel_size\": 3", "\"kernel_size\": 3.5"))
            .find("must be an integer") != std::string::npos);
  CHECK(read_error(*space, replaced(good, "\"use_se\": true", "\"use_se\": false"))
            .find("this space has 3x3 from 32 over 96 to 48, stride 2, relu, squeeze-excite") !=
        std::string::npos);
  CHECK(read_error(*space, replaced(good, "1e-05", "1e-03")).find("bn: eps") != std::string::npos);
  CHECK(read_error(*test::shipped_space("ofa_mobilenet_v3_w1.0"), good)
            .find("not a network of space 'ofa_mobilenet_v3_w1.0': first_conv") !=
        std::string::npos);
  CHECK(read_error(*test::shipped_space("ofa_proxyless_w1.3"), good)
            .find("is a MobileNetV3, which") != std::string::npos);
  CHECK(read_error(*test::space_of(test::kTinyResNet), good).find("no published form") !=
        std::string::npos);
  CHECK(read_error(*test::space_of(test::kTinyMobileNet), good).find("no published form") !=
        std::string::npos);
  CHECK(test::space_of(test::kTinyMobileNet)
            ->published_config(test::space_of(test::kTinyMobileNet)->largest()) == "");
}

TEST_CASE("net.config: the authors' specialised networks are read") {
  const std::string folder = TAILOR_SOURCE_DIR "/../shared/data/ofa/specialized";
  if (!std::filesystem::exists(folder)) {
    WARN("skipped: " << folder << " is not there");
    return;
  }
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = read_file(entry.path() / "net.config");
    const PublishedMobileNet network = parse_net_config(text, entry.path());
    const auto space = test::shipped_space(!network.is_v3()         ? "ofa_proxyless_w1.3"
                                           : network.stem.out == 24 ? "ofa_mobilenet_v3_w1.2"
                                                                    : "ofa_mobilenet_v3_w1.0");
    const Arch arch = space->from_published_config(text, entry.path(), 224);
    CHECK(published_difference(network, parse_net_config(space->published_config(arch), "j")) ==
          "");
    ++read;
    if (entry.path().filename().string().starts_with("flops-389M")) {
      CHECK(network_cost(space->lower(arch)).macs / 1000000 == 389);
    }
  }
  CHECK(read == 12);
}
