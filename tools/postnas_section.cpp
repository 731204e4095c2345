// Reading the section `postnas`.
#include "tools/postnas_section.h"

#include <algorithm>

#include "core/error.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

train::TokenTask read_task(const ConfigNode& cfg, const std::string& key, train::TokenTask task,
                           const std::string& doc) {
  std::string name = train::task_name(task);
  cfg.read(key, name, {.choices = {"text", "recall", "choices"}, .doc = doc});
  return train::parse_task(name);
}

/// The space's mixers that are neither full nor windowed attention, nor none.
std::vector<std::string> linear_mixers(const SearchSpace& space) {
  std::vector<std::string> names = train::mixer_choices(space);
  std::erase_if(names, [](const std::string& name) {
    return name == train::kFullMixer || name == train::kWindowedMixer || name == "none";
  });
  return names;
}

PostnasSection::Placement read_placement(const ConfigNode& cfg, const SearchSpace& space,
                                         const std::vector<std::string>& linear) {
  PostnasSection::Placement o;
  const int64_t layers = train::layer_count(space);
  o.linear = linear.front();
  o.schedule.read(cfg);
  cfg.read("linear", o.linear, {.choices = linear, .doc = "mixer of layers that lose attention"});
  cfg.read("full", o.full,
           {.min = 0, .max = static_cast<double>(layers), .doc = "layers of full attention"});
  cfg.read("windowed", o.windowed,
           {.min = 0, .max = static_cast<double>(layers), .doc = "layers of windowed attention"});
  cfg.read("beam", o.beam, {.min = 1, .max = 1e6, .doc = "placements kept of every size"});
  cfg.read("take", o.take,
           {.choices = {"found", "uniform", "exact"},
            .doc = "full layers that the next stages take: the beam's, evenly spread, or exact"});
  o.full_task = read_task(cfg, "full_task", o.full_task, "what full attention is placed for");
  o.windowed_task =
      read_task(cfg, "windowed_task", o.windowed_task, "what windowed attention is placed for");
  const ConfigNode exact =
      cfg.child("exact", "limits of exact placement; with none, the memory of what the beam found");
  const auto share = [&](const char* key, double& value, const char* doc) {
    exact.read(key, value, {.min = 0, .max = 100, .doc = doc});
  };
  share("state_bytes", o.exact.state_bytes, "of the transformer's caches; 0: no limit");
  share("prefill", o.exact.prefill, "of its time to read a prompt, measured; 0: no limit");
  share("decode", o.exact.decode, "of its time to write a token, measured; 0: no limit");
  exact.finish();
  if (o.full + o.windowed > layers) {
    cfg.fail("windowed", str("and full must be at most ", layers, " layers together"));
  }
  cfg.finish();
  return o;
}

}  // namespace

PostnasSection PostnasSection::read(const ConfigNode& cfg, const SearchSpace& space) {
  const std::vector<std::string> linear = linear_mixers(space);
  const std::vector<std::string> all = train::mixer_choices(space);
  if (linear.empty() || std::count(all.begin(), all.end(), train::kFullMixer) == 0) {
    throw ConfigError("space.mixers: postnas needs attn and at least one linear mixer");
  }
  PostnasSection o;
  const ConfigNode base = cfg.child("base", "the transformer to begin from");
  base.read("weights", o.base.weights,
            {.doc = "its weights, as `tailor run` leaves them in base/, or a Hugging Face folder; "
                    "empty: trained here"});
  o.base.schedule.read(base);
  base.finish();
  o.placement =
      read_placement(cfg.child("placement", "which layers stay full or windowed"), space, linear);
  const bool windows = std::count(all.begin(), all.end(), train::kWindowedMixer) > 0;
  if (o.placement.windowed > 0 && !windows) {
    throw ConfigError("space.mixers: postnas.placement.windowed needs swa");
  }
  const ConfigNode blocks = cfg.child("blocks", "which linear mixer");
  o.blocks.candidates = linear;
  o.blocks.schedule.read(blocks);
  blocks.read("candidates", o.blocks.candidates, {.choices = linear, .doc = "mixers compared"});
  if (o.blocks.candidates.empty()) blocks.fail("candidates", "must hold at least one mixer");
  blocks.finish();
  const ConfigNode sizes = cfg.child("sizes", "heads, d_k and d_v at one size of the state");
  o.sizes.schedule.read(sizes);
  sizes.read("state", o.sizes.state,
             {.min = 0, .max = 1e9, .doc = "heads * d_k * d_v of every candidate; 0: no search"});
  const ConfigNode decode = sizes.child("decode", "what throughput is measured at");
  decode.read("context", o.sizes.context,
              {.min = 1, .max = 1 << 20, .doc = "tokens behind which decoding is timed"});
  decode.read("batch", o.sizes.batch, {.min = 1, .max = 65536, .doc = "sequences together"});
  decode.finish();
  sizes.finish();
  const ConfigNode last = cfg.child("final", "training of the hybrid");
  o.final.distil.read(last.child("distil", "first, with the MLPs frozen"));
  o.final.train.read(last.child("train", "then all weights"));
  last.read("logits", o.final.logits,
            {.min = 0, .max = 100, .doc = "weight of the transformer's probabilities"});
  last.finish();
  cfg.finish();
  return o;
}

}  // namespace tailor::tools
