#include "trainers/language/language_trainer.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "core/interrupt.h"
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
  LanguageSchedule schedule;
  int drawn = 0, stop_at = -1;

  explicit Setting(int64_t steps) {
    schedule = {.steps = steps, .batch = 4, .lr = 5e-3, .warmup_steps = 2, .checkpoint_seconds = 0};
  }
  Arch draw(Rng& rng) {
    if (++drawn == stop_at) set_interrupted(true);
    std::vector<std::string> mixers;
    for (int i = 0; i < 3; ++i) mixers.push_back(rng.coin(0.5) ? "attn" : "gla");
    return with_mixers(*space, space->largest(), mixers);
  }
  ParameterStore trained(const std::string& folder) {
    ParameterStore store = ParameterStore::of_space(*space);
    store.initialise(Rng(5));
    LanguageTrainer trainer(*space, data, store, schedule,
                            {.draw = [this](Rng& rng) { return draw(rng); }, .loss = {}}, Rng(7),
                            2);
    trainer.run("test", dir.file(folder), "hash");
    return store;
  }
};

}  // namespace

TEST_CASE("a language model learns") {
  Setting s(120);
  s.schedule.checkpoint_seconds = 1000;
  const ParameterStore store = s.trained("a");
  const Arch arch = with_mixers(*s.space, s.space->largest(), {"attn", "gla", "attn"});
  ParameterStore fresh = ParameterStore::of_space(*s.space);
  fresh.initialise(Rng(5));
  const TokenBatch text = s.data.validation(TokenTask::text);
  const NetworkSpec spec = s.space->lower(arch);
  const LanguageScore before = language_score(spec, fresh, text, 2);
  const LanguageScore after = language_score(spec, store, text, 2);
  CHECK(before.loss == Approx(std::log(256)).margin(0.3));
  CHECK(after.loss < 0.75 * before.loss);
  CHECK(after.accuracy > before.accuracy);
}

TEST_CASE("a run that was cut off and resumed ends with the same bits") {
  Setting whole(9), cut(9);
  const ParameterStore straight = whole.trained("a");
  cut.stop_at = 4;
  CHECK_THROWS_AS(cut.trained("b"), Interrupted);
  set_interrupted(false);
  cut.stop_at = -1;
  const ParameterStore resumed = cut.trained("b");
  CHECK(straight.values().equal(resumed.values()));
  CHECK(read_file(whole.dir.file("a/history.csv")) == read_file(cut.dir.file("b/history.csv")));
}

TEST_CASE("what is frozen stays to the bit, weight decay or not") {
  Setting s(3);
  ParameterStore store = ParameterStore::of_space(*s.space);
  store.initialise(Rng(5));
  const at::Tensor before = store.values().clone();
  store.freeze([](const supernet::Parameter& p) { return p.name != "embed.weight"; });
  s.schedule.weight_decay = 0.5;
  LanguageTrainer trainer(*s.space, s.data, store, s.schedule,
                          {.draw = [&](Rng& rng) { return s.draw(rng); }, .loss = {}}, Rng(7), 1);
  trainer.run("test", s.dir.file("frozen"), "hash");
  for (const supernet::Parameter& p : store.parameters()) {
    const bool same = store.view(p.name).equal(store.view_in(before, p));
    INFO(p.name);
    CHECK(same == (p.name != "embed.weight"));
  }
}

TEST_CASE("a loss that is no number ends the run and says where") {
  Setting s(3);
  ParameterStore store = ParameterStore::of_space(*s.space);
  store.initialise(Rng(5));
  store.view("embed.weight").fill_(NAN);
  LanguageTrainer trainer(*s.space, s.data, store, s.schedule,
                          {.draw = [&](Rng& rng) { return s.draw(rng); }, .loss = {}}, Rng(7), 1);
  CHECK_THROWS_AS(trainer.run("test", s.dir.file("nan"), "hash"), Error);
}
