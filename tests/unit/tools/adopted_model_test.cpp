#include "tools/adopted_model.h"

#include "core/error.h"
#include "core/file.h"
#include "tests/support/temp_dir.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::tools;

namespace {

const std::string kModel = std::string(TAILOR_SOURCE_DIR) + "/tests/golden/hf_tiny/qwen2_text";

std::string adopted(const std::string& yaml) {
  ConfigNode config = ConfigNode::parse(yaml, "c.yaml");
  adopt_model(config);
  return config.canonical_text();
}

}  // namespace

TEST_CASE("what a config leaves open is as its model's folder says") {
  const std::string text = adopted("space: {model: " + kModel +
                                   ", mixers: [gdn, attn], attention: {window: [8]}}\n"
                                   "text: {files: [a]}\npostnas: {}\n");
  const ConfigNode config = ConfigNode::parse(text, "adopted");
  CHECK(config.child("space").scalar_text("hidden") == "16");
  CHECK(config.child("space").scalar_text("vocab") == "720");
  CHECK(config.child("space").child("attention").scalar_text("bias") == "true");
  CHECK(config.child("space").child("attention").holds_list("window"));
  std::vector<std::string> mixers;
  config.child("space").read("mixers", mixers, {});
  CHECK(mixers == std::vector<std::string>{"gdn", "attn"});
  CHECK(config.child("text").scalar_text("tokenizer") == kModel + "/tokenizer.json");
  CHECK(config.child("postnas").child("base").scalar_text("weights") == kModel);
}

TEST_CASE("what a config says stands, and no section is made") {
  const std::string own = "space: {model: " + kModel + ", hidden: 32}\n";
  const ConfigNode config = ConfigNode::parse(adopted(own), "adopted");
  CHECK(config.child("space").scalar_text("hidden") == "32");
  CHECK_FALSE(config.has("text"));
  CHECK_FALSE(config.has("postnas"));
  const ConfigNode weights = ConfigNode::parse(
      adopted(own + "postnas: {base: {weights: w}}\ntext: {tokenizer: t}\n"), "adopted");
  CHECK(weights.child("postnas").child("base").scalar_text("weights") == "w");
  CHECK(weights.child("text").scalar_text("tokenizer") == "t");
}

TEST_CASE("without a model nothing changes; a folder that cannot be read is told") {
  CHECK(adopted("space: {hidden: 32}\n") ==
        ConfigNode::parse("space: {hidden: 32}\n", "").canonical_text());
  CHECK(adopted("seed: 1\n") == ConfigNode::parse("seed: 1\n", "").canonical_text());
  CHECK_FALSE(model_config(ConfigNode::parse("seed: 1\n", "")));
  CHECK_THROWS_AS(adopted("space: {model: nowhere}\n"), IoError);
  const test::TempDir dir;
  write_file(dir.file("config.json"), "{}");
  CHECK_THROWS_AS(adopted("space: {model: " + dir.file("") + "}\n"), ConfigError);
}
