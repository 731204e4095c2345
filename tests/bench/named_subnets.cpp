// The subnets of train.validate, scored on all validation images with the weights of finished runs.
// bench_named_subnets CONFIG RUN_DIR [CONFIG RUN_DIR]...
#include <iomanip>
#include <iostream>

#include "core/error.h"
#include "tests/bench/bench_main.h"
#include "tools/session.h"

namespace tailor::tools {
namespace {

void score(const std::string& config, const std::string& folder) {
  CommonFlags flags;
  flags.config = config;
  const Session s(flags);
  const supernet::ParameterStore store = s.load_store(RunDir(folder));
  train::SubnetEvaluator evaluator(*s.space, *s.data, store, s.evaluate.evaluator);
  std::vector<Arch> archs;
  for (const auto& [name, arch] : s.train.named) archs.push_back(arch);
  std::vector<double> accuracies(archs.size());
  evaluator.evaluate_all(
      archs, train::Split::validation, s.threads,
      [&](size_t i, const train::SubnetScore& v) { accuracies[i] = v.accuracy; });
  double mean = 0;
  std::cout << folder << ", " << s.data->size(train::Split::validation) << " images\n";
  for (size_t i = 0; i < archs.size(); ++i) {
    std::cout << "  " << accuracies[i] << "  " << s.train.named[i].first << "\n";
    mean += accuracies[i] / static_cast<double>(archs.size());
  }
  std::cout << "  " << mean << "  mean" << std::endl;
}

int run(const std::vector<std::string>& args) {
  if (args.empty() || args.size() % 2 != 0) {
    throw ConfigError("bench_named_subnets CONFIG RUN_DIR [CONFIG RUN_DIR]...");
  }
  std::cout << std::fixed << std::setprecision(4);
  for (size_t i = 0; i < args.size(); i += 2) score(args[i], args[i + 1]);
  return 0;
}

}  // namespace
}  // namespace tailor::tools

int main(int argc, char** argv) {
  return tailor::bench::bench_main("bench_named_subnets", argc, argv, tailor::tools::run);
}
