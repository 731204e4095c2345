// The flags that every command shares, and the table of commands.
#pragma once

#include <boost/program_options.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.h"
#include "supernet/space/search_space.h"

namespace tailor::tools {

/// Flags of design and README: the same for every command.
struct CommonFlags {
  std::string config, run_dir = "runs/run", device = "cpu", log_level = "info";
  std::vector<std::string> sets;
  std::optional<int64_t> seed, threads;
};

/// The config file with the assignments of --set. Throws ConfigError, IoError.
ConfigNode load_config(const CommonFlags& flags);
/// The space of that config alone, for commands that need no run. Throws as above.
std::unique_ptr<SearchSpace> open_space(const CommonFlags& flags);

/// A parsed command line. `values` holds the command's own options.
struct CommandLine {
  std::string command;
  CommonFlags common;
  boost::program_options::variables_map values;
  bool help = false;

  template <class T>
  T get(const std::string& name, T otherwise = T()) const {
    return values.count(name) ? values[name].as<T>() : otherwise;
  }
  /// Throws ConfigError when the flag is not there or empty.
  std::string required(const std::string& name) const;
};

using Options = boost::program_options::options_description;

/// One verb. `add_options` declares what it takes beside the common flags; `positional` names the
/// option that bare words go to, or "".
struct Command {
  const char* name;
  const char* summary;
  const char* example;  ///< one full command line
  void (*add_options)(Options&);
  const char* positional;
  int (*run)(const CommandLine&);
};

/// Parses; prints help to stdout and sets `help` when asked. Throws ConfigError for unknown flags.
CommandLine parse_command_line(const Command& command, const std::vector<std::string>& words);

/// tools/main.cpp, the one list.
const std::vector<Command>& commands();

}  // namespace tailor::tools
