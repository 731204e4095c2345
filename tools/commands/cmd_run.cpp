// tailor run, and each stage as a command of its own.
#include <algorithm>

#include "core/error.h"
#include "core/registry.h"
#include "tools/stages/stage.h"

namespace tailor::tools {
namespace {

void no_options(Options&) {}

int run_all(const CommandLine& line) {
  std::vector<std::string> names;
  for (const Stage& stage : all_stages()) names.push_back(stage.name);
  return run_stages(line, names);
}

template <size_t Index>
int run_one(const CommandLine& line) {
  return run_stages(line, {all_stages().at(Index).name});
}

void add_stage(Options& options) {
  options.add_options()("stage", boost::program_options::value<std::string>(),
                        "base, placement, blocks, sizes or final");
}

int run_postnas(const CommandLine& line) {
  const std::string stage = line.required("stage");
  const std::vector<std::string> known = {"base", "placement", "blocks", "sizes", "final"};
  if (std::find(known.begin(), known.end(), stage) == known.end()) {
    throw ConfigError(unknown_name_text("stage", stage, known));
  }
  return run_stages(line, {stage});
}

}  // namespace

extern const Command kRun, kTrain, kEvaluate, kProfile, kFit, kGradient, kSearch, kFinalists,
    kFinetune, kExport, kReport, kPostnas;

const Command kPostnas = {"postnas",
                          "one stage of a language model's way from transformer to hybrid",
                          "tailor postnas placement --config configs/postnas/tinyshakespeare.yaml "
                          "--run-dir runs/postnas",
                          add_stage,
                          "stage",
                          run_postnas};

const Command kRun = {"run",
                      "every stage, from training to the report; the same command resumes",
                      "tailor run --config configs/quickstart.yaml --run-dir runs/quickstart",
                      no_options,
                      "",
                      run_all};
const Command kTrain = {"train",
                        "stage 1: train the supernet",
                        "tailor train --config configs/quickstart.yaml --run-dir runs/quickstart",
                        no_options,
                        "",
                        run_one<0>};
const Command kEvaluate = {
    "evaluate",
    "stage 2: validation accuracy of a sample of subnets",
    "tailor evaluate --config configs/quickstart.yaml --run-dir runs/quickstart",
    no_options,
    "",
    run_one<1>};
const Command kProfile = {
    "profile",
    "stage 3: measure the latency table of the device",
    "tailor profile --config configs/quickstart.yaml --run-dir runs/quickstart",
    no_options,
    "",
    run_one<2>};
const Command kFit = {"fit",
                      "stage 4: fit the predictors",
                      "tailor fit --config configs/quickstart.yaml --run-dir runs/quickstart",
                      no_options,
                      "",
                      run_one<3>};
const Command kGradient = {
    "gradient",
    "stage 5: learn weights and choices in turn, where the config asks for it",
    "tailor gradient --config configs/search/proxyless_fashion_mnist.yaml --run-dir runs/proxyless",
    no_options,
    "",
    run_one<4>};
const Command kSearch = {"search",
                         "stage 6: find the best archs under the limits",
                         "tailor search --config configs/quickstart.yaml --run-dir runs/quickstart "
                         "--set search.limits.latency_ms=50%",
                         no_options,
                         "",
                         run_one<5>};
const Command kFinalists = {
    "finalists",
    "stage 7: measure the best few again, choose the winner",
    "tailor finalists --config configs/quickstart.yaml --run-dir runs/quickstart",
    no_options,
    "",
    run_one<6>};
const Command kFinetune = {
    "finetune",
    "stage 8: train the winner alone, where the config asks for it",
    "tailor finetune --config configs/quickstart.yaml --run-dir runs/quickstart "
    "--set finetune.epochs=3",
    no_options,
    "",
    run_one<7>};
const Command kExport = {"export",
                         "stage 9: write the winner for other runtimes, checked",
                         "tailor export --config configs/quickstart.yaml --run-dir runs/quickstart "
                         "--set export.name=mine",
                         no_options,
                         "",
                         run_one<8>};
const Command kReport = {"report",
                         "stage 10: the page about the run",
                         "tailor report --config configs/quickstart.yaml --run-dir runs/quickstart",
                         no_options,
                         "",
                         run_one<9>};

}  // namespace tailor::tools
