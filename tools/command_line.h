// The flags that every command shares, and the table of commands.
#pragma once

#include <boost/program_options.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tailor::tools {

/// Flags of design and README: the same for every command.
struct CommonFlags {
  std::string config, run_dir = "runs/run", device = "cpu", log_level = "info";
  std::vector<std::string> sets;
  std::optional<int64_t> seed, threads;
};

/// A parsed command line. `values` holds the command's own options.
struct CommandLine {
  CommonFlags common;
  boost::program_options::variables_map values;
  bool help = false;

  template <class T>
  T get(const std::string& name, T otherwise = T()) const {
    return values.count(name) ? values[name].as<T>() : otherwise;
  }
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
