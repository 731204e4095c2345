// Stages blocks and sizes: which linear mixer, and of which heads, d_k and d_v. Every candidate
// learns to act as the transformer does, with all but the mixers frozen; the one that knows most
// wins.
// Source: Gu et al. 2025, sections 2.3 to 2.5.
#include <algorithm>
#include <chrono>
#include <functional>

#include <ATen/core/Tensor.h>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "supernet/space/cost.h"
#include "tools/stages/postnas.h"
#include "tools/stages/stage.h"
#include "trainers/language/generator.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

constexpr int kDecoded = 16;  // tokens timed

struct Candidate {
  std::string name;
  Arch arch;
  TaskScores scores = {};
  double tokens_per_second = 0;
};

/// Smaller is better: both losses count alike.
double loss_of(const Candidate& candidate) {
  return candidate.scores.text.loss + candidate.scores.recall.loss;
}

/// Trains one candidate in a folder of its own.
void train_candidate(const Postnas& postnas, Candidate& candidate, const std::string& folder,
                     const train::LanguageSchedule& schedule, const std::string& hash) {
  const train::FrozenTeacher teacher = postnas.teacher();
  supernet::ParameterStore store = postnas.store();
  store.freeze([](const supernet::Parameter& p) { return !is_mixer_weight(p); });
  const Session& s = postnas.session();
  train::LanguageTrainer trainer(postnas.space(), postnas.data(), store, schedule,
                                 {.draw = [&](Rng&) { return candidate.arch; },
                                  .loss = {.labels = 0, .features = 1},
                                  .teacher = &teacher},
                                 s.rng("candidate"), s.threads);
  trainer.run(candidate.name, folder, hash);
  candidate.scores = postnas.score(candidate.arch, store);
  log_info(candidate.name, ": ", score_text(candidate.scores));
}

/// Tokens a second of decoding behind a context: the weights do not matter.
double throughput(const Postnas& postnas, const Arch& arch) {
  const PostnasSection::Sizes& section = postnas.section().sizes;
  const NetworkSpec spec = postnas.lower(arch);
  supernet::ParameterStore store(std::span(&spec, 1));
  store.initialise(Rng(0));
  train::Generator generator(postnas.space(), arch, store, section.context + kDecoded);
  generator.read(train::token_ids(section.batch, section.context));
  const at::Tensor next = train::token_ids(section.batch, 1);
  std::vector<double> seconds;
  for (int i = 0; i < kDecoded; ++i) {
    const auto began = std::chrono::steady_clock::now();
    generator.read(next);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + kDecoded / 2, seconds.end());
  return static_cast<double>(section.batch) / seconds[kDecoded / 2];
}

const Candidate& best_of(const std::vector<Candidate>& candidates) {
  return *std::min_element(
      candidates.begin(), candidates.end(),
      [](const Candidate& a, const Candidate& b) { return loss_of(a) < loss_of(b); });
}

std::string table(const std::vector<Candidate>& candidates, const Postnas& postnas) {
  Csv csv;
  csv.header = {"candidate", "arch", "params", "state_bytes", "tokens_per_second"};
  for (const std::string& column : postnas.score_columns()) csv.header.push_back(column);
  for (const Candidate& c : candidates) {
    const Cost cost = network_cost(postnas.lower(c.arch));
    std::vector<std::string> row = {c.name, postnas.space().print(c.arch), str(cost.params),
                                    str(cost.state_bytes), number(std::round(c.tokens_per_second))};
    for (const std::string& field : score_fields(c.scores)) row.push_back(field);
    csv.rows.push_back(std::move(row));
  }
  return csv.text();
}

/// `mixers` with every layer of the placement's linear mixer holding another.
std::vector<std::string> with_linear(const Postnas& postnas, std::vector<std::string> mixers,
                                     const std::string& other) {
  std::replace(mixers.begin(), mixers.end(), postnas.section().placement.linear, other);
  return mixers;
}

std::vector<std::string> finish(const Postnas& postnas, RunDir& run, const std::string& stage,
                                const std::vector<Candidate>& candidates,
                                std::vector<std::string> files) {
  const Candidate& best = best_of(candidates);
  write_file(run.file(stage + "/candidates.csv"), table(candidates, postnas));
  write_file(run.file(stage + "/result.yaml"),
             str("format_version: 1\nbest: ", best.name, "\ncheckpoint: ", stage, "/", best.name,
                 "/checkpoint.safetensors\narch: ", postnas.space().print(best.arch), "\nscores:\n",
                 score_yaml(best.scores, "  ")));
  log_info(stage, ": ", best.name);
  files.insert(files.end(), {stage + "/candidates.csv", stage + "/result.yaml"});
  return files;
}

/// Archs that differ from `arch` in heads, d_k and d_v alone, the same in every linear layer, with
/// heads * d_k * d_v as asked.
std::vector<Candidate> sizes_of(const Postnas& postnas, const Arch& arch, int64_t state) {
  const SearchSpace& space = postnas.space();
  const auto axis = [&](const char* group) -> const Axis& {
    return space.axes()[static_cast<size_t>(space.axis_index(group, 0))];
  };
  std::vector<Candidate> out;
  for (const double heads : axis("heads").values) {
    for (const double d_k : axis("dk").values) {
      for (const double d_v : axis("dv").values) {
        if (static_cast<int64_t>(heads * d_k * d_v) != state) continue;
        out.push_back(
            {str("h", heads, "_k", d_k, "_v", d_v),
             train::with_values(space, arch, {{"heads", heads}, {"dk", d_k}, {"dv", d_v}})});
      }
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> run_blocks(const Session& s, RunDir& run, const std::string& hash) {
  const Postnas postnas(s, run);
  const PostnasSection::Blocks& section = postnas.section().blocks;
  const std::vector<std::string> mixers =
      split(read_entry(run.file(kPlacementFile), "mixers"), ',');
  std::vector<Candidate> candidates;
  std::vector<std::string> files;
  for (const std::string& name : section.candidates) {
    candidates.push_back({name, postnas.arch(with_linear(postnas, mixers, name))});
    train_candidate(postnas, candidates.back(), run.file("blocks/" + name), section.schedule, hash);
    candidates.back().tokens_per_second = throughput(postnas, candidates.back().arch);
    files.push_back(str("blocks/", name, "/checkpoint.safetensors"));
  }
  return finish(postnas, run, "blocks", candidates, files);
}

std::vector<std::string> run_sizes(const Session& s, RunDir& run, const std::string& hash) {
  const Postnas postnas(s, run);
  const PostnasSection::Sizes& section = postnas.section().sizes;
  const Arch arch = postnas.space().parse(read_entry(run.file(kBlocksFile), "arch"));
  std::vector<Candidate> candidates = sizes_of(postnas, arch, section.state);
  if (candidates.empty()) {
    throw ConfigError(
        str("postnas.sizes.state: no choice of heads, d_k and d_v multiplies to ", section.state));
  }
  std::vector<std::string> files;
  for (Candidate& c : candidates) {
    train_candidate(postnas, c, run.file("sizes/" + c.name), section.schedule, hash);
    c.tokens_per_second = throughput(postnas, c.arch);
    files.push_back(str("sizes/", c.name, "/checkpoint.safetensors"));
  }
  return finish(postnas, run, "sizes", candidates, files);
}

}  // namespace tailor::tools
