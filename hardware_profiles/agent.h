// A program that measures networks for us, on this machine or another one: line-delimited JSON over
// its standard input and output. docs/agents.md is the protocol. Nothing it says is believed
// unchecked: an answer that is not usable is an error, never a figure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/child_process.h"
#include "hardware_profiles/device.h"

namespace tailor::hw {

/// How an agent is started and what it is asked for.
struct AgentOptions {
  std::string command;           ///< for /bin/sh
  std::string model = "inline";  ///< "inline": base64 in the request; "path": a file's name
  double timeout_s = 120;        ///< for one answer
  int64_t retries = 2;           ///< of a measurement whose answer cannot be used
  int64_t threads = 1, batch = 1;
  std::string precision = "f32";
  std::vector<int64_t> cpus;                   ///< cores to keep to; empty: the system's choice
  std::map<std::string, std::string> options;  ///< for the agent itself
};

/// A network that is ready to run at an agent's.
struct AgentModel {
  int64_t network = 0;                                     ///< the agent's number for it
  std::optional<int64_t> activation_bytes = std::nullopt;  ///< where the agent can tell
};

class Agent {
 public:
  static constexpr int64_t kProtocol = 1;

  /// Starts the program and greets it. Throws DeviceError.
  explicit Agent(const AgentOptions& options);

  /// Runtime, version and device as the agent states them.
  const DeviceInfo& info() const { return info_; }
  /// Makes the network `spec`, given as an ONNX model, ready to run there. Throws DeviceError with
  /// the agent's own words when it cannot.
  AgentModel prepare(const NetworkSpec& spec, const std::string& onnx);
  /// Milliseconds of each of `runs` runs. An answer without unit, with a wrong count, with values
  /// that are no times, or that add up to more than the clock here saw, is asked for again, then a
  /// DeviceError.
  std::vector<double> measure(int64_t network, int64_t runs);
  /// Lets a network go. Never throws: an agent that is gone has let it go.
  void release(int64_t network) noexcept;

 private:
  nlohmann::json ask(nlohmann::json request);
  nlohmann::json read_answer(int64_t id, const std::string& op);
  void greet();
  [[noreturn]] void fail(const std::string& what);

  AgentOptions options_;
  ChildProcess process_;
  DeviceInfo info_;
  int64_t asked_ = 0;
  std::string failed_;  ///< why the agent is no longer spoken to
};

/// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace tailor::hw
