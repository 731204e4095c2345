// Reading a config into a session.
#include "tools/session.h"

#include <sched.h>

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "predictors/latency_archive.h"
#include "supernet/export/torchscript.h"
#include "supernet/formats/pth.h"
#include "trainers/checkpoint.h"
#include "trainers/language/mixers.h"

namespace tailor::tools {
namespace {

/// An absent `train` section means that the weights come from a file.
train::TrainOptions read_train(const ConfigNode& config, const SearchSpace& space) {
  if (!config.has("train")) return {};
  return train::TrainOptions::read(config.child("train", "how the supernet learns"), space);
}

/// A search on published estimators needs no images and no device; a profile no images.
bool is_published(const ConfigNode& config, const std::string& metric) {
  return config.child("search").child("estimators").has(metric);
}

std::unique_ptr<train::Dataset> read_data(const ConfigNode& config) {
  const bool needs_images = config.has("train") || config.has("evaluate") || config.has("gradient");
  if (!config.has("data") && (!needs_images || is_published(config, "accuracy"))) return nullptr;
  return train::builtin_datasets().make(config.child("data", "images"));
}

ProfileSection read_profile(const ConfigNode& config) {
  const bool elsewhere = is_published(config, "latency_ms") || config.has("postnas");
  if (!config.has("profile") && elsewhere) return {};
  return ProfileSection::read(config.child("profile", "the device"));
}

/// What a device would run that is known by its datasheet alone.
Workload read_analytic_workload(const ConfigNode& cfg) {
  Workload out;
  std::string precision = precision_name(out.precision);
  cfg.read("batch", out.batch,
           {.min = 1, .max = 65536, .doc = "inputs a run; only without a device to measure"});
  cfg.read("precision", precision,
           {.choices = {"f32", "f16", "bf16"}, .doc = "only without a device to measure"});
  for (const Precision each : {Precision::f32, Precision::f16, Precision::bf16}) {
    if (precision_name(each) == precision) out.precision = each;
  }
  return out;
}

FinetuneSection read_finetune(const ConfigNode& config) {
  if (!config.has("finetune")) return {};
  return FinetuneSection::read(config.child("finetune", "training of the winner alone"));
}

std::optional<train::GradientOptions> read_gradient(const ConfigNode& config,
                                                    const SearchSpace& space) {
  if (!config.has("gradient")) return std::nullopt;
  return train::GradientOptions::read(config.child("gradient", "search by gradient"), space);
}

std::unique_ptr<train::TokenData> read_text(const ConfigNode& config, const SearchSpace& space) {
  if (!config.has("text") && !config.has("postnas")) return nullptr;
  const train::TokenOptions options =
      train::TokenOptions::read(config.child("text", "what language models learn from"));
  return std::make_unique<train::TokenData>(options,
                                            train::vocabulary_size(space, space.largest()));
}

std::optional<PostnasSection> read_postnas(const ConfigNode& config, const SearchSpace& space,
                                           const train::TokenData* text) {
  if (!config.has("postnas")) return std::nullopt;
  const ConfigNode section = config.child("postnas", "from a transformer to a hybrid");
  PostnasSection out = PostnasSection::read(section, space);
  const auto asks = [](train::TokenTask task) { return task == train::TokenTask::choices; };
  if (text->options().choices.empty() &&
      (asks(out.placement.full_task) || asks(out.placement.windowed_task))) {
    section.fail("placement", "the task choices needs text.choices, a file of questions");
  }
  return out;
}

ConfigNode open_config(const CommonFlags& flags) {
  if (flags.config.empty())
    throw ConfigError("--config: a config file is needed, such as configs/quickstart.yaml");
  ConfigNode config = load_config(flags);
  if (flags.seed) config.set(str("seed=", *flags.seed));
  return config;
}

}  // namespace

EvaluateSection EvaluateSection::read(const ConfigNode& cfg) {
  EvaluateSection o;
  cfg.read("archs", o.archs, {.min = 10, .max = 1e7, .doc = "subnets whose accuracy is measured"});
  cfg.read(
      "size_correlation", o.size_correlation,
      {.min = 0,
       .max = 0.99,
       .doc = "of one half of the subnets, as in training phases: above 0 they are spread over "
              "sizes, at 0 uniform over networks; the other half is uniform over choices"});
  cfg.read("weights", o.weights, {.doc = "trained weights; empty for the run's own"});
  o.evaluator = train::EvaluatorOptions::read(cfg);
  cfg.finish();
  return o;
}

namespace {

/// How latency is learned from what is measured.
void read_method(const ConfigNode& cfg, ProfileSection& o) {
  std::string method = "blocks";
  cfg.read("method", method,
           {.choices = {"blocks", "networks"},
            .doc = "how latency is learned: from every distinct block, corrected by some networks, "
                   "or from whole networks alone"});
  o.whole = method == "networks";
  cfg.read(
      "carriers", o.carriers,
      {.doc = "measure each block behind the one in front of it too, and use what foretells the "
              "networks better; takes twice as long"});
  cfg.read("sources", o.sources,
           {.doc = "what other devices take, for `method: networks` (5 to 50 are enough then): "
                   "latency tables of this space (.yaml), and a CSV file with a column for each "
                   "device, its name ending in _ms"});
  std::vector<std::string> formats;
  for (const auto& [name, format] : predict::archive_formats()) formats.push_back(name);
  cfg.read("archive_format", o.archive_format,
           {.choices = formats,
            .doc = "how the CSV file names choices: as the space does (or archs in a column "
                   "`arch`), or as HELP's files do"});
  cfg.read("archs", o.archs,
           {.doc = "CSV file with networks in a column `arch` that are measured beside these, for "
                   "`method: networks`: fit/measure_next.csv of an earlier run"});
  if (cfg.recording()) return;
  const auto only_for = [&](bool given, const char* key, bool fits, const char* what) {
    if (given && !fits) cfg.fail(key, str("is for ", what));
  };
  only_for(o.whole, "method", o.device != nullptr, "a device that is measured");
  only_for(o.carriers, "carriers", o.device && !o.whole, "`method: blocks` on a measured device");
  only_for(!o.sources.empty(), "sources", o.whole, "`method: networks`");
  only_for(!o.archs.empty(), "archs", o.whole, "`method: networks`");
  only_for(!o.blocks.empty(), "blocks", !o.whole, "`method: blocks`");
  for (const std::string& file : o.sources) {
    if (!file_exists(file)) cfg.fail("sources", str("there is no file ", file));
  }
  if (!o.archs.empty() && !file_exists(o.archs))
    cfg.fail("archs", str("there is no file ", o.archs));
}

}  // namespace

ProfileSection ProfileSection::read(const ConfigNode& cfg) {
  ProfileSection o;
  o.ladder = hw::LadderOptions::read(cfg);
  const bool datasheet_alone = !cfg.has("device") && o.ladder.allows(hw::Rung::analytic);
  if (cfg.recording() || datasheet_alone) {
    o.analytic = read_analytic_workload(cfg);
    cfg.read("threads", o.analytic_threads,
             {.min = 1, .max = 1024, .doc = "of a CPU; only without a device to measure"});
  }
  if (!datasheet_alone) o.device = all_devices().make(cfg.child("device", "what is measured"));
  if (o.device || cfg.recording()) {
    o.blocks = hw::read_own_blocks(cfg, o.device ? o.device->workload() : Workload{});
  }
  o.measure = hw::MeasureOptions::read(cfg.child("measure", "how it is measured"));
  cfg.read("networks", o.networks,
           {.min = 3,
            .max = 10000,
            .doc = "networks measured whole, to correct the table's sums or to learn from"});
  read_method(cfg, o);
  cfg.finish();
  return o;
}

FitSection FitSection::read(const ConfigNode& cfg, const SearchSpace& space) {
  FitSection o{.selection = {}, .node = cfg};
  const predict::PredictorRegistry registry = predict::builtin_accuracy_predictors();
  o.selection = predict::SelectionOptions::read(cfg, registry);
  for (const std::string& name : registry.names()) {
    registry.create(name, cfg.child(name, "options of this predictor"), space);
  }
  cfg.finish();
  return o;
}

FinalistsSection FinalistsSection::read(const ConfigNode& cfg) {
  FinalistsSection o;
  cfg.read("count", o.count, {.min = 1, .max = 1000, .doc = "networks that are measured again"});
  cfg.read("best", o.best,
           {.min = 1, .max = 1000, .doc = "of them the best predicted; the rest span the front"});
  o.measure = hw::MeasureOptions::read(cfg.child("measure", "how they are measured"));
  cfg.finish();
  return o;
}

FinetuneSection FinetuneSection::read(const ConfigNode& cfg) {
  FinetuneSection o;
  o.schedule.read(cfg);
  cfg.read("distill", o.distill, {.min = 0, .max = 100, .doc = "weight of the teacher's targets"});
  cfg.finish();
  return o;
}

ExportSection ExportSection::read(const ConfigNode& cfg) {
  ExportSection o;
  const std::vector<std::string> known = all_exporters().names();
  cfg.read("name", o.name, {.doc = "folder below export/"});
  cfg.read("formats", o.formats, {.choices = known, .doc = "what to write; absent for all"});
  if (o.name.empty() || o.name.find('/') != std::string::npos) {
    cfg.fail("name", str("must be a folder name, got '", o.name, "'"));
  }
  cfg.finish();
  return o;
}

ReportSection ReportSection::read(const ConfigNode& cfg) {
  ReportSection o;
  cfg.read("title", o.title, {.doc = "heading of the page"});
  cfg.finish();
  return o;
}

hw::DeviceRegistry all_devices() {
  hw::DeviceRegistry registry = hw::builtin_devices();
  hw::add_command_backend(registry);
  hw::add_native_backends(registry);
  hw::add_torch_backends(registry);
  return registry;
}

ExporterRegistry all_exporters() {
  ExporterRegistry registry = builtin_exporters();
  add_torch_exporters(registry);
  return registry;
}

int64_t usable_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

Session::Session(const CommonFlags& flags)
    : config(open_config(flags)),
      threads(flags.threads.value_or(usable_cores())),
      space(make_space(config.child("space", "which networks"))),
      data(read_data(config)),
      text(read_text(config, *space)),
      train(read_train(config, *space)),
      evaluate(EvaluateSection::read(config.child("evaluate", "accuracy of subnets"))),
      profile(read_profile(config)),
      fit(FitSection::read(config.child("fit", "predictors"), *space)),
      gradient(read_gradient(config, *space)),
      postnas(read_postnas(config, *space, text.get())),
      search(search::SearchSection::read(config.child("search", "what is looked for"))),
      published(PublishedSection::read(search.estimators, *space)),
      finalists(FinalistsSection::read(config.child("finalists", "what is measured again"))),
      finetune(read_finetune(config)),
      exports(ExportSection::read(config.child("export", "what is written"))),
      report(ReportSection::read(config.child("report", "the page"))) {
  config.read("seed", seed, {.min = 0, .max = 1e15, .doc = "seed of every random stream"});
  config.finish();
}

std::optional<Restriction> Session::search_choices() const {
  if (search.fix.empty() && search.couple.empty()) return std::nullopt;
  const char* part = "fix";
  try {
    Restriction only = restrict_by(*space, search.fix);
    part = "couple";
    couple(*space, search.couple, only);
    return only;
  } catch (const ConfigError& error) {
    search.node.fail(part, error.what());
  }
}

hw::DeviceInfo Session::device_info() const {
  if (profile.device) return profile.device->info();
  if (!analytic_latency()) return {.device = "none", .runtime = "published", .version = ""};
  const hw::DeviceProfile sheet = hw::find_profile(profile.ladder.datasheet);
  return hw::datasheet_table(sheet, profile.analytic, profile.analytic_threads, space->name())
      .header()
      .device;
}

std::string Session::start_weights(const RunDir& run) const {
  if (!evaluate.weights.empty()) return evaluate.weights;
  if (gradient && !config.has("train")) return "";
  return run.file("train/checkpoint.safetensors");
}

std::string Session::weights_file(const RunDir& run) const {
  return gradient ? run.file("gradient/checkpoint.safetensors") : start_weights(run);
}

supernet::ParameterStore Session::load_store(const RunDir& run) const {
  return load_store(weights_file(run));
}

supernet::ParameterStore Session::load_store(const std::string& file) const {
  supernet::ParameterStore store = supernet::ParameterStore::of_space(*space);
  train::load_weights(read_weights_file(file), *space, store);
  return store;
}

}  // namespace tailor::tools
