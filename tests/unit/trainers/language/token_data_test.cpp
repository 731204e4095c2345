#include "trainers/language/token_data.h"

#include <ATen/ATen.h>

#include <map>

#include "core/error.h"
#include "core/file.h"
#include "supernet/formats/tokenizer.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"
#include "tests/support/tiny_language.h"

using namespace tailor;
using namespace tailor::train;
using tailor::test::error_text;
using tailor::test::row;

namespace {

std::string text_of(const std::vector<int64_t>& ids) {
  std::string out;
  for (int64_t id : ids) out += static_cast<char>(id);
  return out;
}

}  // namespace

TEST_CASE("text sequences lie in their part of the file and predict the next byte") {
  const test::TempDir dir;
  TokenOptions options = test::tiny_text(dir);
  options.recall_share = 0;
  const TokenData data(options);
  const std::string all = read_file(options.files[0]);
  const size_t cut = all.size() - all.size() / 5;
  Rng rng(3);
  const TokenBatch training = data.training(50, rng);
  const TokenBatch validation = data.validation(TokenTask::text);
  const auto check = [&](const TokenBatch& batch, const std::string& part) {
    for (int64_t n = 0; n < batch.ids.size(0); ++n) {
      const std::vector<int64_t> ids = row(batch.ids, n), targets = row(batch.targets, n);
      CHECK(part.find(text_of(ids)) != std::string::npos);
      CHECK(std::equal(ids.begin() + 1, ids.end(), targets.begin()));
    }
  };
  check(training, all.substr(0, cut));
  check(validation, all.substr(cut));
}

TEST_CASE("recall asks for values of keys that came before, and for nothing else") {
  const test::TempDir dir;
  const TokenData data(test::tiny_text(dir));
  const TokenBatch batch = data.validation(TokenTask::recall);
  REQUIRE(batch.ids.size(0) == 6);
  for (int64_t n = 0; n < 6; ++n) {
    const std::vector<int64_t> ids = row(batch.ids, n), targets = row(batch.targets, n);
    std::map<int64_t, int64_t> pairs;
    for (size_t p = 0; p < 4; ++p) pairs[192 + (ids[p] - 128) / 4] = 208 + ids[p] % 4;
    CHECK(pairs.size() == 4);
    for (size_t t = 0; t < ids.size(); ++t) {
      const bool asked = t >= 20 && t % 2 == 0;
      CHECK(targets[t] == (asked ? pairs.at(ids[t]) : -1));
      if (t >= 4 && t < 20) CHECK(ids[t] < 128);
    }
  }
}

TEST_CASE("training has recall of fewer pairs and more questions, up to the end") {
  const test::TempDir dir;
  TokenOptions options = test::tiny_text(dir);
  options.recall_share = 1;
  Rng rng(4);
  const TokenBatch batch = TokenData(options).training(200, rng);
  std::map<int64_t, int> by_pairs, by_questions;
  for (int64_t n = 0; n < 200; ++n) {
    const std::vector<int64_t> ids = row(batch.ids, n), targets = row(batch.targets, n);
    int64_t pairs = 0, questions = 0;
    while (ids[static_cast<size_t>(pairs)] >= 128 && ids[static_cast<size_t>(pairs)] < 192) ++pairs;
    for (const int64_t target : targets) questions += target >= 0 ? 1 : 0;
    CHECK(targets[ids.size() - 2] >= 0);
    ++by_pairs[pairs], ++by_questions[questions];
  }
  CHECK(by_pairs.size() == 4);
  CHECK(by_questions.begin()->first >= 2);
  CHECK(by_questions.rbegin()->first > 6);
}

TEST_CASE("validation is always the same, training depends on its stream") {
  const test::TempDir dir;
  const TokenData a(test::tiny_text(dir)), b(test::tiny_text(dir));
  CHECK(a.validation(TokenTask::recall).ids.equal(b.validation(TokenTask::recall).ids));
  CHECK(a.fingerprint() == b.fingerprint());
  Rng one(1), same(1), other(2);
  const at::Tensor first = a.training(4, one).ids;
  CHECK(first.equal(b.training(4, same).ids));
  CHECK_FALSE(first.equal(b.training(4, other).ids));
}

TEST_CASE("a tokenizer's ids, and symbols of recall behind them") {
  const test::TempDir dir;
  TokenOptions options = test::tiny_text(dir);
  options.tokenizer =
      std::string(TAILOR_SOURCE_DIR) + "/tests/golden/hf_tiny/qwen2_text/tokenizer.json";
  options.tokens = 24;
  const Tokenizer tokenizer = Tokenizer::load(options.tokenizer, 720);
  const TokenData data(options, 720);
  const std::vector<int64_t> ids = row(data.validation(TokenTask::text).ids, 0);
  CHECK(read_file(options.files[0]).find(tokenizer.decode(ids)) != std::string::npos);
  const std::vector<int64_t> recall = row(data.validation(TokenTask::recall).ids, 0);
  const int64_t first = 720 - 84;
  for (size_t p = 0; p < 4; ++p) CHECK((recall[p] >= first && recall[p] < first + 64));
  CHECK((recall.back() >= 716 && recall.back() < 720));
  CHECK(data.fingerprint() != TokenData(test::tiny_text(dir)).fingerprint());
  CHECK_THROWS_AS(TokenData(options, 700), ConfigError);
  options.tokenizer = "";
  CHECK_THROWS_AS(TokenData(options, 720), ConfigError);
}

TEST_CASE("text that cannot serve is refused") {
  const test::TempDir dir;
  TokenOptions options = test::tiny_text(dir);
  write_file(dir.file("short.txt"), "too short");
  options.files = {dir.file("short.txt")};
  CHECK(error_text<IoError>([&] { TokenData data(options); }).find("9 bytes do not give") !=
        std::string::npos);
  options.files = {dir.file("absent.txt")};
  CHECK_THROWS_AS(TokenData(options), IoError);
  const auto wrong = [](const std::string& yaml) {
    return error_text<ConfigError>(
        [&] { TokenOptions::read(ConfigNode::parse("files: [a]\n" + yaml, "test.yaml")); });
  };
  CHECK(wrong("recall: {pairs: 4, queries: 5}\n").find("must be at most pairs, 4") !=
        std::string::npos);
  CHECK(wrong("tokens: 20\nrecall: {pairs: 8, queries: 7}\n").find("need 22 tokens") !=
        std::string::npos);
  CHECK(error_text<ConfigError>([] { parse_task("sums"); }) ==
        "must be text, recall or choices, got 'sums'");
}
