// Device backend "command": any runtime on any device, through a program that speaks the protocol
// of docs/agents.md. Networks go to it as the ONNX models that `tailor export` writes.
#include <memory>
#include <utility>

#include "core/error.h"
#include "hardware_profiles/agent.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/export/exporter.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

AgentOptions read_options(const ConfigNode& cfg) {
  AgentOptions o;
  cfg.read("command", o.command,
           {.required = true,
            .doc = "what starts the agent, for a shell: ssh pi@host python3 onnxruntime_agent.py"});
  cfg.read("threads", o.threads, {.min = 1, .max = 1024, .doc = "threads of one run"});
  cfg.read("batch", o.batch, {.min = 1, .max = 1 << 16, .doc = "images of one run"});
  cfg.read("precision", o.precision,
           {.choices = {"f32", "f16", "bf16"}, .doc = "what the runtime computes in"});
  cfg.read("cpus", o.cpus,
           {.min = 0, .max = 4095, .doc = "cores to keep to, such as [0]; absent: any"});
  cfg.read("model", o.model,
           {.choices = {"inline", "path"},
            .doc = "how a model reaches the agent: in the request, or as a file of this machine"});
  cfg.read("timeout_s", o.timeout_s,
           {.min = 0.1, .max = 86400, .doc = "longest wait for an answer, seconds"});
  cfg.read(
      "retries", o.retries,
      {.min = 0, .max = 100, .doc = "measurements asked for again when an answer is unusable"});
  std::vector<std::string> options;
  cfg.read("options", options, {.doc = "for the agent itself, each as name=value"});
  cfg.finish();
  if (o.command.empty()) cfg.fail("command", "must not be empty");
  for (const std::string& option : options) {
    const size_t equals = option.find('=');
    if (equals == std::string::npos) {
      cfg.fail("options", str("must be name=value, got '", option, "'"));
    }
    o.options[option.substr(0, equals)] = option.substr(equals + 1);
  }
  return o;
}

Precision precision_of(const std::string& name) {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::f16}) {
    if (precision_name(p) == name) return p;
  }
  throw Error(str("no precision '", name, "'"));
}

class AgentNetwork : public PreparedNetwork {
 public:
  AgentNetwork(std::shared_ptr<Agent> agent, const AgentModel& model)
      : agent_(std::move(agent)), model_(model) {}
  ~AgentNetwork() override { agent_->release(model_.network); }
  AgentNetwork(const AgentNetwork&) = delete;
  AgentNetwork& operator=(const AgentNetwork&) = delete;

  std::vector<double> measure(int64_t runs) override {
    return agent_->measure(model_.network, runs);
  }
  std::optional<int64_t> activation_bytes() override { return model_.activation_bytes; }

 private:
  std::shared_ptr<Agent> agent_;
  AgentModel model_;
};

class CommandDevice : public DeviceBackend {
 public:
  explicit CommandDevice(AgentOptions options) : options_(std::move(options)) {}

  DeviceInfo info() const override { return agent().info(); }
  Workload workload() const override {
    return {.batch = options_.batch, .precision = precision_of(options_.precision)};
  }
  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    ExportedNetwork network;
    network.spec = standalone(spec);
    network.title = spec.name;
    network.weights = random_weights(network.spec, Rng(1));
    return std::make_unique<AgentNetwork>(agent_of(), agent().prepare(spec, onnx_bytes(network)));
  }

 private:
  /// Started at the first question: reading a config starts no program.
  std::shared_ptr<Agent> agent_of() const {
    if (!agent_) agent_ = std::make_shared<Agent>(options_);
    return agent_;
  }
  Agent& agent() const { return *agent_of(); }

  const AgentOptions options_;
  mutable std::shared_ptr<Agent> agent_;
};

}  // namespace

DeviceRegistry::Factory make_command;

std::unique_ptr<DeviceBackend> make_command(const ConfigNode& config) {
  return std::make_unique<CommandDevice>(read_options(config));
}

}  // namespace tailor::hw
