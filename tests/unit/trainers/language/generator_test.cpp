#include "trainers/language/generator.h"

#include <ATen/ATen.h>

#include <map>

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/tiny_language.h"
#include "trainers/language/mixers.h"

using namespace tailor;
using namespace tailor::train;
using supernet::ParameterStore;

namespace {

struct Setting {
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyLanguage);
  Arch arch = with_mixers(*space, space->largest(), {"jet", "swa", "attn"});
  ParameterStore store = ParameterStore::of_space(*space);
  at::Tensor prompt = at::arange(40, at::kLong).view({2, 20});

  Setting() { store.initialise(Rng(5)); }
};

}  // namespace

TEST_CASE("pieces of a prompt are read as the whole is") {
  const Setting s;
  Generator whole(*s.space, s.arch, s.store, 0, 100), pieces(*s.space, s.arch, s.store, 20, 7);
  const at::Tensor a = whole.read(s.prompt), b = pieces.read(s.prompt);
  CHECK(a.sizes() == at::IntArrayRef({2, 256}));
  CHECK((a - b).abs().max().item<double>() < 1e-5);
}

TEST_CASE("sequences of a batch do not see each other") {
  const Setting s;
  Rng rng(1);
  Generator both(*s.space, s.arch, s.store, 0), one(*s.space, s.arch, s.store, 0);
  const at::Tensor together = both.generate(s.prompt, 6, {}, rng);
  const at::Tensor alone = one.generate(s.prompt.narrow(0, 1, 1), 6, {}, rng);
  CHECK(together.narrow(0, 1, 1).equal(alone));
}

TEST_CASE("a reset generator begins anew, and another batch is refused before it") {
  const Setting s;
  Rng rng(1);
  Generator generator(*s.space, s.arch, s.store, 0);
  const at::Tensor first = generator.read(s.prompt);
  CHECK_THROWS_AS(generator.read(s.prompt.narrow(0, 0, 1)), Error);
  generator.reset();
  CHECK(generator.state_bytes() == 0);
  CHECK(generator.read(s.prompt).equal(first));
}

TEST_CASE("tokens are drawn by their probabilities, of the likeliest where asked") {
  const at::Tensor logits = at::log(at::tensor({0.1F, 0.6F, 0.3F})).unsqueeze(0);
  Rng rng(2);
  CHECK(Generator::pick(logits, {}, rng).item<int64_t>() == 1);
  std::map<int64_t, int> all, two;
  for (int i = 0; i < 4000; ++i) {
    ++all[Generator::pick(logits, {.temperature = 1}, rng).item<int64_t>()];
    ++two[Generator::pick(logits, {.temperature = 1, .top_k = 2}, rng).item<int64_t>()];
  }
  CHECK(all[1] == Approx(2400).margin(150));
  CHECK(all[0] == Approx(400).margin(100));
  CHECK(two.count(0) == 0);
  CHECK(two[2] == Approx(4000 / 3.0).margin(150));
}
