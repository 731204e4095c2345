// tailor explain: documentation of config sections and parts, a config in words, an arch in
// figures.
#include <iostream>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "supernet/space/cost.h"
#include "tools/arch_argument.h"
#include "tools/explain_docs.h"
#include "tools/session.h"
#include "tools/stages/estimators.h"

namespace tailor::tools {
namespace {

void add_options(Options& options) {
  namespace po = boost::program_options;
  options.add_options()("topic", po::value<std::vector<std::string>>(),
                        "a section or part: search, search.strategy.evolution")(
      "arch", po::value<std::string>(), "figures of this arch of the config's space")(
      "json", "figures as JSON")("markdown", "documentation of everything, as Markdown");
}

/// Scores of the arch by the estimators of the run folder, or published ones. Costs alone where the
/// config names no device and nothing published, or the folder holds no fit.
void add_scores(const CommandLine& line, const SearchSpace& space, const Arch& arch,
                nlohmann::ordered_json& out) {
  const ConfigNode config = load_config(line.common);
  const bool published = config.child("search").has("estimators");
  const std::string fit = line.common.run_dir + "/fit/quality.yaml";
  if (!published && !(config.has("profile") && file_exists(fit))) return;
  const Session session(line.common);
  const RunDir run(line.common.run_dir);
  const Estimators estimators(session, run);
  const Arch same = session.space->parse(space.print(arch));
  for (const char* metric : {"latency_ms", "accuracy"}) {
    const Estimator* estimator = estimators.find(metric);
    if (!estimator) continue;
    Estimate score;
    estimator->estimate({&same, 1}, {&score, 1});
    out[metric] = {{"value", score.value},
                   {"uncertainty", score.uncertainty},
                   {"provenance", provenance_name(score.provenance)}};
  }
}

int explain_arch(const CommandLine& line) {
  if (line.common.config.empty())
    throw ConfigError("explain: --arch needs --config, for the space");
  const std::unique_ptr<SearchSpace> space = open_space(line.common);
  const Arch arch = read_arch(*space, line.get<std::string>("arch"));
  const NetworkSpec spec = space->lower(arch);
  const Cost cost = network_cost(spec);
  nlohmann::ordered_json out = {{"arch", space->print(arch)},
                                {"macs", cost.macs},
                                {"params", cost.params},
                                {"memory_bytes", cost.memory_bytes()}};
  for (const BlockUse& use : spec.blocks) {
    out["blocks"].push_back({{"name", use.block->name},
                             {"output", use.block->output()},
                             {"macs", use.block->macs},
                             {"params", use.block->params}});
  }
  add_scores(line, *space, arch, out);
  if (line.values.count("json")) {
    std::cout << out.dump(2) << "\n";
    return 0;
  }
  std::cout << out["arch"].get<std::string>() << "\n"
            << cost.macs << " MACs, " << cost.params << " parameters, " << cost.memory_bytes()
            << " bytes of memory\n";
  for (const char* metric : {"latency_ms", "accuracy"}) {
    if (!out.contains(metric)) continue;
    const auto& score = out[metric];
    std::cout << metric << " " << score["value"] << " +- " << score["uncertainty"] << ", "
              << score["provenance"].get<std::string>() << "\n";
  }
  for (const auto& block : out["blocks"]) {
    std::cout << "  " << block["name"].get<std::string>() << "  " << block["output"].dump() << "  "
              << block["macs"] << " MACs  " << block["params"] << " parameters\n";
  }
  return 0;
}

int run(const CommandLine& line) {
  if (line.values.count("markdown")) {
    std::cout << all_docs_markdown();
    return 0;
  }
  if (line.values.count("arch")) return explain_arch(line);
  const auto topics = line.get<std::vector<std::string>>("topic");
  for (const std::string& topic : topics) std::cout << topic_text(topic);
  if (topics.empty() && line.common.config.empty()) std::cout << topics_text();
  if (topics.empty() && !line.common.config.empty()) std::cout << recipe_text(line.common);
  return 0;
}

}  // namespace

extern const Command kExplain;
const Command kExplain = {"explain",
                          "documentation of a config section, a config in words, an arch",
                          "tailor explain search.strategy.evolution",
                          add_options,
                          "topic",
                          run};

}  // namespace tailor::tools
