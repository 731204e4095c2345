// Byte-level BPE against the PyPI package `tokenizers`: ids of many texts, texts of drawn ids.
#include "supernet/formats/tokenizer.h"

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "tests/support/catch.h"

using namespace tailor;
using nlohmann::json;

namespace {

const std::string kRoot = std::string(TAILOR_SOURCE_DIR) + "/tests/golden/tokenizers/";

struct Golden {
  Tokenizer tokenizer;
  json expected;

  explicit Golden(const std::string& name)
      : tokenizer(Tokenizer::parse(read_file(kRoot + name + ".json"), name)),
        expected(json::parse(read_file(kRoot + name + ".expected.json"))) {}
};

}  // namespace

TEST_CASE("texts have the ids that tokenizers gives them") {
  for (const char* name : {"qwen2", "llama3", "gpt2"}) {
    const Golden golden(name);
    REQUIRE(golden.expected.at("encode").size() > 100);
    for (const json& item : golden.expected.at("encode")) {
      const auto text = item.at("text").get<std::string>();
      INFO(name << ": " << item.at("text"));
      CHECK(golden.tokenizer.encode(text) == item.at("ids").get<std::vector<int64_t>>());
      CHECK(golden.tokenizer.encode(text, false) == item.at("bare").get<std::vector<int64_t>>());
    }
  }
}

TEST_CASE("ids have the text that tokenizers gives them") {
  for (const char* name : {"qwen2", "llama3", "gpt2"}) {
    const Golden golden(name);
    REQUIRE(golden.expected.at("decode").size() > 50);
    for (const json& item : golden.expected.at("decode")) {
      const auto ids = item.at("ids").get<std::vector<int64_t>>();
      INFO(name << ": " << item.at("ids"));
      CHECK(golden.tokenizer.decode(ids) == item.at("text").get<std::string>());
      CHECK(golden.tokenizer.decode(ids, true) == item.at("skipped").get<std::string>());
    }
  }
}
