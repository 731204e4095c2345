// Parsing flags with Boost.Program_options.
#include "tools/command_line.h"

#include <iostream>

#include "core/error.h"
#include "tools/adopted_model.h"

namespace tailor::tools {
namespace {

namespace po = boost::program_options;

Options common_options() {
  Options common("flags of every command");
  common.add_options()("config", po::value<std::string>(), "YAML file")(
      "set", po::value<std::vector<std::string>>()->composing(), "KEY.PATH=VALUE, over the file")(
      "run-dir", po::value<std::string>(), "folder of the run (default runs/run)")(
      "seed", po::value<int64_t>(), "seed of every random stream")(
      "threads", po::value<int64_t>(), "worker threads (default: every core)")(
      "device", po::value<std::string>(), "where we compute: cpu")(
      "log-level", po::value<std::string>(), "debug, info, warning, error")("help", "this text");
  return common;
}

CommonFlags read_common(const po::variables_map& values) {
  CommonFlags flags;
  if (values.count("config")) flags.config = values["config"].as<std::string>();
  if (values.count("set")) flags.sets = values["set"].as<std::vector<std::string>>();
  if (values.count("run-dir")) flags.run_dir = values["run-dir"].as<std::string>();
  if (values.count("device")) flags.device = values["device"].as<std::string>();
  if (values.count("log-level")) flags.log_level = values["log-level"].as<std::string>();
  if (values.count("seed")) flags.seed = values["seed"].as<int64_t>();
  if (values.count("threads")) flags.threads = values["threads"].as<int64_t>();
  if (flags.device != "cpu") {
    throw ConfigError(
        str("--device: '", flags.device, "' is not available; this build computes on cpu"));
  }
  if (flags.threads && (*flags.threads < 1 || *flags.threads > 1024)) {
    throw ConfigError(str("--threads: must be in [1, 1024], got ", *flags.threads));
  }
  if (flags.seed && *flags.seed < 0) {
    throw ConfigError(str("--seed: must be >= 0, got ", *flags.seed));
  }
  return flags;
}

}  // namespace

ConfigNode load_config(const CommonFlags& flags) {
  ConfigNode config = ConfigNode::load(flags.config);
  for (const std::string& assignment : flags.sets) config.set(assignment);
  adopt_model(config);
  return config;
}

std::unique_ptr<SearchSpace> open_space(const CommonFlags& flags) {
  return make_space(load_config(flags).child("space"));
}

std::string CommandLine::required(const std::string& name) const {
  const std::string value = get<std::string>(name);
  if (value.empty()) {
    throw ConfigError(str(command, ": --", name, " is needed; see tailor ", command, " --help"));
  }
  return value;
}

CommandLine parse_command_line(const Command& command, const std::vector<std::string>& words) {
  Options own(str("flags of tailor ", command.name));
  command.add_options(own);
  Options all;
  all.add(own).add(common_options());
  po::positional_options_description bare;
  if (*command.positional) bare.add(command.positional, -1);
  CommandLine line;
  line.command = command.name;
  try {
    po::store(po::command_line_parser(words).options(all).positional(bare).run(), line.values);
    po::notify(line.values);
  } catch (const po::error& error) {
    throw ConfigError(
        str(command.name, ": ", error.what(), "; see tailor ", command.name, " --help"));
  }
  if (line.values.count("help")) {
    std::cout << "tailor " << command.name << ": " << command.summary << "\n\nexample:\n  "
              << command.example << "\n\n";
    if (!own.options().empty()) std::cout << own << "\n";
    std::cout << common_options();
    line.help = true;
    return line;
  }
  line.common = read_common(line.values);
  return line;
}

}  // namespace tailor::tools
