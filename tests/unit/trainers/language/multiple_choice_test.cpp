#include "trainers/language/multiple_choice.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "supernet/torch/graph_net.h"
#include "tests/support/error_text.h"
#include "tests/support/spaces.h"
#include "tests/support/tiny_language.h"

#include "tests/support/catch.h"

using namespace tailor;
using namespace tailor::train;
using tailor::test::row;

namespace {

const std::vector<ChoiceQuestion> kQuestions = {{"abc", {"d", "ef"}, 1},
                                                {"abcdefgh", {"xyz", "q", "r"}, 0}};

}  // namespace

TEST_CASE("every choice is a sequence behind its context, and alone a target") {
  const ChoiceData data(kQuestions, Tokenizer::bytes(), 6);
  CHECK(data.questions() == 2);
  const TokenBatch& rows = data.rows();
  REQUIRE(rows.ids.sizes() == at::IntArrayRef({5, 6}));
  CHECK(row(rows.ids, 0) == std::vector<int64_t>{'a', 'b', 'c', 0, 0, 0});
  CHECK(row(rows.targets, 0) == std::vector<int64_t>{-1, -1, 'd', -1, -1, -1});
  CHECK(row(rows.ids, 1) == std::vector<int64_t>{'a', 'b', 'c', 'e', 0, 0});
  CHECK(row(rows.targets, 1) == std::vector<int64_t>{-1, -1, 'e', 'f', -1, -1});
  // Seven tokens do not take a context of eight and a choice: its beginning goes.
  CHECK(row(rows.ids, 2) == std::vector<int64_t>{'e', 'f', 'g', 'h', 'x', 'y'});
  CHECK(row(rows.targets, 2) == std::vector<int64_t>{-1, -1, -1, 'x', 'y', 'z'});
  const std::string text =
      test::error_text<ConfigError>([] { ChoiceData(kQuestions, Tokenizer::bytes(), 2); });
  CHECK(text.find("question 2: its context has 8 tokens, a choice 3; a sequence takes 2") !=
        std::string::npos);
}

TEST_CASE("the likeliest choice is the answer") {
  const ChoiceData data(kQuestions, Tokenizer::bytes(), 8);
  const LanguageScore score = data.score(std::vector<double>{-5, -4, -1000, -999, -1001});
  CHECK(score.accuracy == 0.5);
  const double first = std::log(1 + std::exp(-1));
  const double second = 1 + std::log(1 + std::exp(-1) + std::exp(-2));
  CHECK(score.loss == Approx((first + second) / 2));
  CHECK_THROWS_AS(data.score(std::vector<double>{1, 2}), Error);
}

TEST_CASE("a network's answers are those of its probabilities, token by token") {
  const auto space = test::space_of(
      "family: hybrid_lm\nlayers: 2\nvocab: 256\nhidden: 16\nmixers: [gdn, attn]\n"
      "attention: {heads: 2, kv_heads: 1, head_dim: 8}\nlinear: {heads: [2], d_k: [4], d_v: [8]}\n"
      "mlp: [24]\n");
  const Arch arch = space->parse("mixer=gdn,attn");
  const ChoiceData data(kQuestions, Tokenizer::bytes(), 12);
  const NetworkSpec spec = space->lower(arch, {.tokens = data.rows().ids.size(1)});
  supernet::ParameterStore store(std::span(&spec, 1));
  store.initialise(Rng(5));
  std::vector<double> sums;
  for (const ChoiceQuestion& question : kQuestions) {
    for (const std::string& choice : question.choices) {
      const std::vector<int64_t> all = Tokenizer::bytes().encode(question.context + choice);
      const at::Tensor ids = at::tensor(all).unsqueeze(0);
      supernet::GraphNet net(space->lower(arch, {.tokens = ids.size(1)}), store);
      const at::Tensor logs = at::log_softmax(
          net.forward(std::span(&ids, 1), supernet::RunMode::eval).to(at::kDouble), 2);
      double& sum = sums.emplace_back(0);
      for (size_t t = question.context.size(); t < all.size(); ++t) {
        sum += logs[0][static_cast<int64_t>(t) - 1][all[t]].item<double>();
      }
    }
  }
  const LanguageScore want = data.score(sums);
  for (const int64_t threads : {1, 2}) {
    const LanguageScore got = choice_score(spec, store, data, threads);
    CHECK(got.loss == Approx(want.loss).epsilon(1e-4));
    CHECK(got.accuracy == want.accuracy);
  }
}
