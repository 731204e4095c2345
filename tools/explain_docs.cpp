// Sections and parts by topic.
#include "tools/explain_docs.h"

#include <functional>
#include <map>

#include "core/error.h"
#include "predictors/predictor.h"
#include "search/strategy.h"
#include "tools/session.h"

namespace tailor::tools {
namespace {

/// A space for parts whose declaration needs one; its axes are the usual groups.
std::unique_ptr<SearchSpace> sample_space() {
  return make_space(ConfigNode::parse("family: mobilenet\nstages: [{width: 8}]\n", "sample"));
}

using Fields = std::function<std::vector<FieldDoc>()>;

template <class R, class... Args>
void add_parts(std::map<std::string, Fields>& topics, const std::string& prefix, const R& registry,
               const Args&... args) {
  for (const std::string& name : registry.names()) {
    topics[prefix + name] = [&args..., registry, name] { return registry.describe(name, args...); };
  }
}

template <class Section>
Fields section() {
  return [] { return record_fields([](const ConfigNode& node) { Section::read(node); }); };
}

const std::map<std::string, Fields>& topics() {
  static const std::unique_ptr<SearchSpace> space = sample_space();
  static const search::StrategyContext context{.space = space.get()};
  static const std::map<std::string, Fields> all = [] {
    std::map<std::string, Fields> t;
    t["train"] = [] {
      return record_fields([](const ConfigNode& n) { train::TrainOptions::read(n, *space); });
    };
    t["evaluate"] = section<EvaluateSection>();
    t["profile"] = section<ProfileSection>();
    t["fit"] = [] {
      return record_fields([](const ConfigNode& n) { FitSection::read(n, *space); });
    };
    t["search"] = [] {
      return record_fields([](const ConfigNode& n) { search::SearchSection::read(n); });
    };
    t["search.estimators"] = [] {
      return record_fields([](const ConfigNode& n) { PublishedSection::read(n, *space); });
    };
    t["gradient"] = [] {
      return record_fields([](const ConfigNode& n) { train::GradientOptions::read(n, *space); });
    };
    t["finalists"] = section<FinalistsSection>();
    t["finetune"] = section<FinetuneSection>();
    t["export"] = section<ExportSection>();
    t["report"] = section<ReportSection>();
    add_parts(t, "space.", builtin_families());
    add_parts(t, "data.", train::builtin_datasets());
    add_parts(t, "train.phases.", train::builtin_phases(), *space);
    add_parts(t, "gradient.gates.", train::builtin_gates());
    add_parts(t, "gradient.objective.", train::builtin_objectives());
    add_parts(t, "profile.device.", all_devices());
    add_parts(t, "fit.", predict::builtin_accuracy_predictors(), *space);
    add_parts(t, "search.strategy.", search::builtin_strategies(), context);
    return t;
  }();
  return all;
}

}  // namespace

namespace {

std::string fields_text(const std::string& topic, const std::vector<FieldDoc>& fields) {
  std::string out = topic + "\n";
  for (const FieldDoc& field : fields) {
    out += str("  ", field.path, ": ", field.type);
    if (!field.range.empty()) out += ", " + field.range;
    if (!field.default_value.empty()) out += ", default " + field.default_value;
    if (!field.doc.empty()) out += "\n      " + field.doc;
    out += "\n";
  }
  return out;
}

}  // namespace

std::string topic_text(const std::string& topic) {
  auto it = topics().find(topic);
  if (it != topics().end()) return fields_text(topic, it->second());
  std::string out;
  std::vector<std::string> known;
  for (const auto& [name, fields] : topics()) {
    known.push_back(name);
    if (name.rfind(topic + ".", 0) == 0) out += fields_text(name, fields());
  }
  if (out.empty()) throw UnknownNameError(unknown_name_text("topic", topic, known));
  return out;
}

std::string topics_text() {
  std::string out = "topics of tailor explain:\n";
  for (const auto& [name, fields] : topics()) out += str("  ", name, "\n");
  return out;
}

std::string all_docs_markdown() {
  std::string out =
      "# Config reference\n\nWritten by `tools/docs` from the declarations that read "
      "the config.\n";
  for (const auto& [name, fields] : topics()) {
    out += str("\n## ", name, "\n\n", markdown_table(fields()));
  }
  return out;
}

std::string recipe_text(const CommonFlags& flags) {
  const Session s(flags);
  std::string out = str("space      ", s.space->name(), ": ", number(s.space->count()),
                        " networks, largest ", s.space->print(s.space->largest()), "\n");
  for (size_t i = 0; i < s.train.phases.size(); ++i) {
    const train::PhaseSchedule& p = s.train.phases[i]->schedule();
    out +=
        str("train ", i + 1, "    ", s.train.phase_names[i], ": ", p.epochs, " epoch(s) of batch ",
            s.train.batch, " in ", s.train.shards, " shards, ", s.train.optimizer.name, " at ",
            number(p.lr), ", cosine to ", number(p.final_lr), ", warm-up ", number(p.warmup_epochs),
            " epoch(s)", p.frozen_teacher.empty() ? "" : ", taught by " + p.frozen_teacher, "\n");
  }
  if (s.fits_accuracy())
    out += str("evaluate   ", s.evaluate.archs, " subnets on validation images\n");
  if (s.profile.device) {
    const hw::DeviceInfo device = s.device_info();
    out += str("profile    ", device.runtime, " on ", device.device, ", ", device.threads,
               " thread(s), batch ", device.batch, "; ", s.profile.networks,
               " networks measured whole");
    if (s.profile.carriers) out += ", blocks alone and behind another";
    if (s.profile.whole) out += ", no blocks";
    if (!s.profile.sources.empty()) out += str(", and what other devices take");
    out += "\n";
  }
  if (s.analytic_latency()) {
    out += str("latency    analytic, from the datasheet '", s.profile.ladder.datasheet,
               "' alone: nothing is measured\n");
  }
  if (s.gradient) {
    const train::GradientOptions& g = *s.gradient;
    out += str("gradient   ", g.warmup_epochs, " epoch(s) of weights alone, ", g.epochs,
               " of weights and architecture in turn, an architecture step every ", g.every,
               " weight step(s)\n");
  }
  out += str("search     ", s.search.strategy.name, ", ", s.search.evaluations, " evaluations");
  for (const search::Limit& limit : s.search.limits) {
    out += limit.of_largest > 0 ? str(", ", limit.metric, " <= ", number(limit.of_largest * 100),
                                      " % of the largest")
                                : ", " + limit.text();
  }
  if (s.search.sweep) {
    out += str(" and under ", s.search.sweep->limits.size() - 1, " tighter limits");
  }
  out += "\n";
  if (s.data && s.profile.device) {
    out +=
        str("finalists  ", s.finalists.count, " measured again\nexport     ", s.exports.name, "\n");
  }
  return out;
}

}  // namespace tailor::tools
