#include "trainers/language/language_step.h"

#include <ATen/ATen.h>

#include "supernet/torch/graph_net.h"
#include "tests/support/catch.h"
#include "tests/support/tiny_language.h"
#include "trainers/language/mixers.h"

using namespace tailor;
using namespace tailor::train;
using supernet::ParameterStore;

namespace {

struct Setting {
  test::TempDir dir;
  std::unique_ptr<SearchSpace> space = test::space_of(test::kTinyLanguage);
  TokenData data{test::tiny_text(dir)};
  ParameterStore store = ParameterStore::of_space(*space);

  Setting() { store.initialise(Rng(5)); }
  NetworkSpec spec(const std::vector<std::string>& mixers) const {
    return space->lower(with_mixers(*space, space->largest(), mixers), {.phase = Phase::train});
  }
  FrozenTeacher teacher() const {
    return {spec({"attn", "attn", "attn"}), std::make_unique<ParameterStore>(store.clone())};
  }
  TokenBatch batch() const {
    Rng rng(1);
    return data.training(6, rng);
  }
};

at::Tensor total(LanguageStep& step) {
  at::Tensor sum = step.gradients()[0].clone();
  for (size_t s = 1; s < step.gradients().size(); ++s) sum += step.gradients()[s];
  return sum;
}

}  // namespace

TEST_CASE("a language model's gradients are those of plain autograd, for any shards and threads") {
  const Setting s;
  ParameterStore store = s.store.clone();
  const NetworkSpec spec = s.spec({"gla", "attn", "jet"});
  const TokenBatch batch = s.batch();
  LanguageStep one(store, 1, 1), three(store, 3, 2), alone(store, 3, 1);
  const LanguageLoss loss;
  const double a = one.run(spec, batch, loss, nullptr);
  const double b = three.run(spec, batch, loss, nullptr);
  CHECK(a == Approx(b).epsilon(1e-5));
  CHECK(b == alone.run(spec, batch, loss, nullptr));
  CHECK((total(one) - total(three)).abs().max().item<double>() < 1e-6);
  CHECK(total(three).equal(total(alone)));
  // The loss itself, from the logits: the mean of every sequence's own mean.
  supernet::GraphNet net(spec, store);
  const at::Tensor logits = net.forward(batch.ids, supernet::RunMode::eval);
  double want = 0;
  for (int64_t n = 0; n < 6; ++n) {
    want += at::cross_entropy_loss(logits[n], batch.targets[n], {}, at::Reduction::Mean, -1)
                .item<double>() /
            6;
  }
  CHECK(a == Approx(want).epsilon(1e-5));
}

TEST_CASE("features cost nothing where every path is the teacher's own") {
  const Setting s;
  ParameterStore store = s.store.clone();
  const FrozenTeacher teacher = s.teacher();
  LanguageStep step(store, 2, 2);
  const LanguageLoss loss{.labels = 0, .features = 1};
  CHECK(step.run(s.spec({"attn", "attn", "attn"}), s.batch(), loss, &teacher) < 1e-10);
  CHECK(step.run(s.spec({"attn", "gla", "attn"}), s.batch(), loss, &teacher) > 1e-3);
}

TEST_CASE("only the path that runs and what is not frozen gets gradients") {
  const Setting s;
  ParameterStore store = s.store.clone();
  store.freeze(
      [](const supernet::Parameter& p) { return p.name.find(".mixer.") == std::string::npos; });
  const FrozenTeacher teacher = s.teacher();
  LanguageStep step(store, 1, 1);
  step.run(s.spec({"gla", "attn", "gla"}), s.batch(), {.labels = 0, .features = 1}, &teacher);
  for (const supernet::Parameter& p : store.parameters()) {
    const double size = store.view_in(step.gradients()[0], p).abs().max().item<double>();
    const bool first = p.name.rfind("layers.0.mixer.gla.", 0) == 0;
    const bool second = p.name.rfind("layers.1.mixer.attn.", 0) == 0;
    const bool third = p.name.rfind("layers.2.mixer.gla.", 0) == 0;
    const bool norm = p.name.find(".mixer.norm.") != std::string::npos;
    INFO(p.name);
    if (first || third) CHECK(size > 0);
    if (!(first || second || third || norm)) CHECK(size == 0);
  }
}

TEST_CASE("a network's mixers are found by name") {
  const Setting s;
  CHECK(mixer_blocks(s.spec({"gla", "none", "attn"})) ==
        std::vector<std::string>{"layers.0.mixer", "layers.2.mixer"});
}
