#include "supernet/families/resnet50d_published.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/replaced.h"
#include "tests/support/spaces.h"

using namespace tailor;
using tailor::test::error_text;
using tailor::test::replaced;

TEST_CASE("net.config of a ResNet says the layers of its stem and blocks") {
  const auto space = test::shipped_space("ofa_resnet50d");
  const std::string text =
      space->published_config(space->parse("e=0.35 d=2,0,1,2,0 w=0,1,2,0,1,2 r=192"));
  const PublishedResNet read = parse_resnet_config(text, "net.config");
  CHECK(read.residual);
  CHECK(read.first.out == 24);
  CHECK(read.last.out == 48);
  CHECK(read.blocks.size() == 2 + 3 + 6 + 2);
  CHECK(read.blocks[0] == PublishedBottleneck{.in = 48, .out = 256, .mid = 88, .expand = 0.35});
  CHECK(read.blocks[2].stride == 2);
  CHECK(read.blocks.back().out == 2048);
}

TEST_CASE("what is no ResNet of the space is named") {
  const auto space = test::shipped_space("ofa_resnet50d");
  const std::string good = space->published_config(space->smallest());
  const auto error = [&](const std::string& text) {
    return error_text<ConfigError>([&] { space->from_published_config(text, "net.config", 128); });
  };
  CHECK(space->from_published_config(good, "j", 128) == space->smallest());
  CHECK(error(replaced(good, "ResNets", "ResNeXt")) ==
        "net.config: name is 'ResNeXt', expected ResNets");
  CHECK(error(replaced(good, "avgpool_conv", "conv")) ==
        "net.config.blocks[0]: downsample_mode 'conv' is not avgpool_conv");
  CHECK(error(replaced(good, "\"groups\": 1,\n            \"downsample",
                       "\"groups\": 2,\n            \"downsample")) ==
        "net.config.blocks[0]: groups are not supported");
  CHECK(error(replaced(good, "\"mid_channels\": 32", "\"mid_channels\": 40"))
            .find("blocks[0]: is 3x3 from 40 over 40 to 168, stride 1, relu; this space has 3x3 "
                  "from 40 over 32 to 168") != std::string::npos);
  CHECK(error(replaced(good, "\"out_channels\": 24", "\"out_channels\": 40"))
            .find("input_stem[0]: is 3x3 from 3 to 40") != std::string::npos);
  const size_t blocks = good.find("\"blocks\": ["), classifier = good.find("\"classifier\"");
  const std::string one_block =
      good.substr(0, good.find("},", blocks) + 1) + "], " + good.substr(classifier);
  CHECK(error(one_block).find("d[1]") != std::string::npos);
  CHECK(error(replaced(good, "\"out_features\": 1000", "\"out_features\": 10"))
            .find("classifier: 10 classes") != std::string::npos);
}

TEST_CASE("a ResNet alone has its own published names") {
  const auto space = test::shipped_space("ofa_resnet50d");
  const Arch with = space->parse("e=0.2 d=2,0,0,0,0 w=0 r=128");
  const Arch without = space->parse("e=0.2 d=0,0,0,0,0 w=0 r=128");
  CHECK(space->published_subnet_name(with, "stem.residual.bn.bias") == "input_stem.1.conv.bn.bias");
  CHECK(space->published_subnet_name(with, "stem.last.conv.weight") == "input_stem.2.conv.weight");
  CHECK(space->published_subnet_name(without, "stem.last.conv.weight") ==
        "input_stem.1.conv.weight");
  CHECK(space->published_subnet_name(with, "stage2.block1.downsample.bn.weight") ==
        "blocks.2.downsample.bn.weight");
  CHECK(space->published_subnet_name(with, "classifier.linear.bias") == "classifier.linear.bias");
  CHECK_THROWS_AS(space->published_subnet_name(with, "stage2.block3.conv1.bn.weight"), Error);
}
