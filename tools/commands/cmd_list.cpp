// tailor list: the parts of this build.
#include <iostream>

#include "predictors/predictor.h"
#include "search/strategy.h"
#include "tools/session.h"

namespace tailor::tools {
namespace {

template <class R>
void print(const std::string& title, const R& registry) {
  std::cout << title << "\n";
  for (const auto& [name, entry] : registry.entries()) {
    std::cout << "  " << name << std::string(name.size() < 24 ? 24 - name.size() : 1, ' ')
              << entry.doc << "\n";
  }
}

void no_options(Options&) {}

int run(const CommandLine&) {
  print("families (space.family)", builtin_families());
  print("data sets (data.name)", train::builtin_datasets());
  print("training phases (train.phases[].name)", train::builtin_phases());
  print("devices (profile.device.name)", all_devices());
  std::cout << "device profiles (profile.datasheet)\n";
  for (const std::string& name : hw::profile_names()) {
    const hw::DeviceProfile profile = hw::find_profile(name);
    std::cout << "  " << name << std::string(name.size() < 24 ? 24 - name.size() : 1, ' ')
              << profile.device << "\n";
  }
  print("accuracy predictors (fit.predictors)", predict::builtin_accuracy_predictors());
  print("search strategies (search.strategy.name)", search::builtin_strategies());
  print("gates of a search by gradient (gradient.gates.name)", train::builtin_gates());
  print("its objectives (gradient.objective.name)", train::builtin_objectives());
  print("exporters (export.formats)", all_exporters());
  return 0;
}

}  // namespace

extern const Command kList;
const Command kList = {"list", "the parts of this build", "tailor list", no_options, "", run};

}  // namespace tailor::tools
