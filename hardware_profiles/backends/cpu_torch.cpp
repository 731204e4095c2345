// Device backend "cpu_torch": LibTorch eager on this machine's processor, norms folded.
#include <chrono>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "core/error.h"
#include "hardware_profiles/device.h"
#include "hardware_profiles/processor.h"
#include "supernet/torch/graph_net.h"
#include "supernet/torch/live_tensors.h"

namespace tailor::hw {
namespace {

using supernet::GraphNet;
using supernet::ParameterStore;
using supernet::RunMode;

struct Options {
  int64_t threads = 1, batch = 1;

  static Options read(const ConfigNode& cfg) {
    Options o;
    cfg.read("threads", o.threads, {.min = 1, .max = 1024, .doc = "threads of one run"});
    cfg.read("batch", o.batch, {.min = 1, .max = 1 << 16, .doc = "images of one run"});
    cfg.finish();
    return o;
  }
};

/// Sets LibTorch's threads while it lives; the setting is the whole process's.
class ThreadCount {
 public:
  explicit ThreadCount(int64_t threads) : before_(at::get_num_threads()) {
    if (before_ != threads) at::set_num_threads(static_cast<int>(threads));
  }
  ~ThreadCount() {
    if (at::get_num_threads() != before_) at::set_num_threads(before_);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

class Prepared : public PreparedNetwork {
 public:
  Prepared(const NetworkSpec& spec, const Options& options)
      : options_(options), store_(std::span(&spec, 1)), net_(spec, store_) {
    store_.initialise(Rng(1));
    Shape shape = spec.inputs[0];
    input_ = at::rand(shape, at::make_generator<at::CPUGeneratorImpl>(1));
    if (input_.dim() == 4) input_ = input_.contiguous(at::MemoryFormat::ChannelsLast);
  }

  std::vector<double> measure(int64_t runs) override {
    using Clock = std::chrono::steady_clock;
    c10::InferenceMode inference;
    const ThreadCount threads(options_.threads);
    std::vector<double> out;
    for (int64_t i = 0; i < runs; ++i) {
      const auto begin = Clock::now();
      net_.forward(input_, RunMode::eval);
      out.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    return out;
  }

  /// The input, and the most that tensors take in a run.
  std::optional<int64_t> activation_bytes() override {
    c10::InferenceMode inference;
    const ThreadCount threads(options_.threads);
    net_.forward(input_, RunMode::eval);  // what is made once is not a run's
    const supernet::LiveTensors tensors;
    net_.forward(input_, RunMode::eval);
    return static_cast<int64_t>(input_.nbytes()) + tensors.peak_bytes();
  }

 private:
  const Options options_;
  ParameterStore store_;
  GraphNet net_;
  at::Tensor input_;
};

class CpuTorch : public DeviceBackend {
 public:
  explicit CpuTorch(const Options& options) : options_(options) {}

  DeviceInfo info() const override {
    return {.device = processor_name(),
            .runtime = "cpu_torch",
            .version = TORCH_VERSION,
            .batch = options_.batch,
            .threads = options_.threads};
  }
  Workload workload() const override { return {.batch = options_.batch}; }

  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    if (spec.inputs.size() != 1) {
      throw DeviceError(str("cpu_torch: network '", spec.name, "' has ", spec.inputs.size(),
                            " inputs, one is expected"));
    }
    return std::make_unique<Prepared>(spec, options_);
  }

 private:
  const Options options_;
};

}  // namespace

DeviceRegistry::Factory make_cpu_torch;

std::unique_ptr<DeviceBackend> make_cpu_torch(const ConfigNode& cfg) {
  return std::make_unique<CpuTorch>(Options::read(cfg));
}

}  // namespace tailor::hw
