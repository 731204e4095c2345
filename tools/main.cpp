// The table of commands, and the only place where errors become exit codes.
#include "tools/command_line.h"

#include <iostream>

#include "core/interrupt.h"
#include "core/log.h"
#include "core/write_error.h"
#include "tools/allocator.h"
#include "tools/environment.h"
#include "tools/torch_threads.h"

namespace tailor::tools {

extern const Command kList, kExplain, kRun, kTrain, kEvaluate, kProfile, kFit, kGradient, kSearch,
    kFinalists, kInfer, kFinetune, kExport, kReport, kConvert, kBench, kTable, kGenerate, kPostnas;

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {kList,     kExplain, kRun,      kTrain,  kEvaluate,
                                           kProfile,  kFit,     kGradient, kSearch, kFinalists,
                                           kFinetune, kExport,  kReport,   kInfer,  kPostnas,
                                           kGenerate, kConvert, kBench,    kTable};
  return all;
}

namespace {

void print_help() {
  std::cout << "tailor " << version()
            << ": train one network, cut the best one for every device\n\nusage: tailor COMMAND "
               "[FLAGS]   (tailor COMMAND --help shows them)\n\n";
  for (const Command& command : commands()) {
    std::cout << "  " << command.name << std::string(12 - std::string(command.name).size(), ' ')
              << command.summary << "\n";
  }
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "help") {
    print_help();
    return words.empty() ? 2 : 0;
  }
  if (words[0] == "--version") {
    std::cout << "tailor " << version() << "\n";
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    names.push_back(command.name);
    if (words[0] != command.name) continue;
    const CommandLine line = parse_command_line(command, {words.begin() + 1, words.end()});
    if (line.help) return 0;
    set_log_level(parse_log_level(line.common.log_level));
    const int code = command.run(line);
    if (!std::cout.flush()) throw Error("stdout: cannot write");
    return code;
  }
  throw UnknownNameError(unknown_name_text("command", words[0], names));
}

/// design: 0 done, 2 usage or input, 3 infeasible, 4 device, 130 interrupted, 1 the rest.
int exit_code_of(const std::exception& error) {
  if (dynamic_cast<const WriteError*>(&error)) return 1;
  if (dynamic_cast<const ConfigError*>(&error) || dynamic_cast<const IoError*>(&error)) return 2;
  if (dynamic_cast<const InfeasibleError*>(&error)) return 3;
  if (dynamic_cast<const DeviceError*>(&error)) return 4;
  if (dynamic_cast<const Interrupted*>(&error)) return 130;
  return 1;
}

}  // namespace
}  // namespace tailor::tools

int main(int argc, char** argv) {
  tailor::tools::keep_freed_memory();
  tailor::catch_interrupts();
  tailor::tools::use_one_torch_thread();
  try {
    return tailor::tools::dispatch({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "tailor: " << error.what() << "\n";
    return tailor::tools::exit_code_of(error);
  }
}
