// tailor bench: how good what we tell the user is, measured anew.
#include <iostream>

#include "core/error.h"
#include "core/file.h"
#include "tools/stages/generate_bench.h"
#include "tools/stages/language_model.h"
#include "tools/stages/latency_bench.h"
#include "tools/stages/stage.h"
#include "trainers/language/multiple_choice.h"

namespace tailor::tools {
namespace {

void add_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("what", po::value<std::string>(), "latency, generate or choices")(
      "file", po::value<std::string>(), "choices: questions, a JSON object a line")(
      "archs", po::value<int64_t>(), "networks that are drawn and measured; 40 unless told")(
      "arch", po::value<std::vector<std::string>>(),
      "measure this arch instead of drawing; may be given many times")("json", "figures as JSON");
  options.add_options()(
      "context", po::value<std::vector<int64_t>>(),
      "generate: tokens of the prompt; may be given many times; 1024 unless told")(
      "batch", po::value<int64_t>(), "generate: sequences together; 1 unless told")(
      "memory", po::value<int64_t>(),
      "generate: instead of --batch, the bytes that caches may take")(
      "tokens", po::value<int64_t>(), "generate: written behind the prompt; 32 unless told")(
      "no-prefill", "generate: time decoding alone, as if the prompt had been read");
  add_model_options(options);
}

/// --arch, or "".
std::string one_arch(const CommandLine& line) {
  const auto archs = line.get<std::vector<std::string>>("arch");
  if (archs.size() > 1) {
    throw ConfigError(str("bench ", line.get<std::string>("what"), ": takes one --arch"));
  }
  return archs.empty() ? "" : archs[0];
}

/// Prefill and decoding of a language model over contexts.
int bench_generation(const CommandLine& line) {
  const LanguageModel model = open_language_model(line, one_arch(line));
  std::vector<GenerateFigures> figures;
  for (const int64_t context : line.get<std::vector<int64_t>>("context", {1024})) {
    GenerateBenchOptions options{.precision = model.precision,
                                 .context = context,
                                 .batch = line.get<int64_t>("batch", 1),
                                 .tokens = line.get<int64_t>("tokens", 32),
                                 .prefill = line.values.count("no-prefill") == 0};
    if (line.values.count("memory")) {
      options.batch = largest_batch(*model.space, model.arch, context + options.tokens,
                                    line.get<int64_t>("memory"), model.precision);
    }
    if (context < 1 || options.batch < 1 || options.tokens < 1) {
      throw ConfigError(str("bench generate: context ", context, ", batch ", options.batch,
                            ", tokens ", options.tokens, ": all must be at least 1"));
    }
    figures.push_back(bench_generate(*model.space, model.arch, model.store, options));
  }
  std::cout << (line.values.count("json") ? figures_json(figures) : figures_text(figures));
  return 0;
}

/// Multiple choice by log-likelihood.
int bench_choices(const CommandLine& line) {
  constexpr int64_t kLongest = 4096;
  const std::string file = line.required("file");
  const std::vector<ChoiceQuestion> questions = parse_choices(read_file(file), file);
  const LanguageModel model = open_language_model(line, one_arch(line));
  const int64_t longest = model.config && model.config->max_positions > 0
                              ? std::min(kLongest, model.config->max_positions)
                              : kLongest;
  const train::ChoiceData data(questions, open_tokenizer(model), longest);
  const NetworkSpec spec = model.space->lower(model.arch, {.tokens = data.rows().ids.size(1)});
  // Sequences are few and long: threads work within a network.
  const train::LanguageScore score = train::choice_score(spec, model.store, data, 1);
  if (line.values.count("json")) {
    std::cout << "{\"questions\": " << data.questions()
              << ", \"accuracy\": " << number(score.accuracy)
              << ", \"loss\": " << number(score.loss) << "}\n";
  } else {
    std::cout << data.questions() << " questions, " << number(100 * score.accuracy)
              << " % right, loss " << number(score.loss) << "\n";
  }
  return 0;
}

/// Another --seed draws other networks; the profile and the fit stay those of the config's seed.
int bench_latency_of(const CommandLine& line) {
  const auto count = line.get<int64_t>("archs", 40);
  if (count < 2) throw ConfigError(str("bench: --archs must be at least 2, got ", count));
  CommonFlags flags = line.common;
  flags.seed.reset();
  const Session session(flags);
  if (!session.profile.device) throw ConfigError("bench latency: the config profiles no device");
  check_session(session);
  RunDir run(flags.run_dir);
  begin_run(session, run);
  run_stages(session, run, {"profile", "fit"});
  const Rng rng(static_cast<uint64_t>(line.common.seed.value_or(session.seed)));
  std::vector<Arch> archs;
  for (const auto& text : line.get<std::vector<std::string>>("arch")) {
    archs.push_back(session.space->parse(text));
  }
  const bool named = !archs.empty();
  if (!named) archs = draw_unseen(session, run, count, rng);
  const LatencyBench bench = bench_latency(session, run, std::move(archs));
  const hw::DeviceInfo device = session.device_info();
  write_file(run.file("bench/latency.csv"), bench.csv(*session.space));
  write_file(run.file("bench/latency.json"), bench.json(device));
  if (line.values.count("json")) {
    std::cout << bench.json(device, named ? session.space.get() : nullptr);
  } else {
    std::cout << (named ? bench.csv(*session.space) : bench.text(device));
  }
  return 0;
}

int run(const CommandLine& line) {
  const std::string what = line.get<std::string>("what");
  if (what == "latency") return bench_latency_of(line);
  if (what == "generate") return bench_generation(line);
  if (what == "choices") return bench_choices(line);
  throw ConfigError(
      str("bench: needs what to measure: latency, generate or choices; got '", what, "'"));
}

}  // namespace

extern const Command kBench;
const Command kBench = {
    "bench",
    "how well latency is predicted, how fast a language model reads and writes, what it answers",
    "tailor bench latency --config configs/profile/onnxruntime.yaml "
    "--run-dir runs/onnxruntime --seed 1",
    add_options,
    "what",
    run};

}  // namespace tailor::tools
