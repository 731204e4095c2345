// A made-up device whose times are a function of the network: for tests, for runs that must repeat
// to the bit, and to copy when writing a backend.
#include <memory>
#include <utility>

#include "core/error.h"
#include "hardware_profiles/device.h"
#include "hardware_profiles/roofline.h"
#include "supernet/space/cost.h"

namespace tailor::hw {
namespace {

struct StubOptions {
  int64_t batch = 1;
  int64_t threads = 1;
  double gmacs_per_s = 20;
  double gbytes_per_s = 10;
  double node_us = 1;      ///< overhead a node
  double network_us = 20;  ///< overhead a network; a sum of blocks measured alone has it too often
  double variety = 0.02;   ///< share by which a block's time depends on its key

  static StubOptions read(const ConfigNode& config) {
    StubOptions o;
    config.read("batch", o.batch, {.min = 1, .max = 65536, .doc = "inputs a run"});
    config.read("threads", o.threads, {.min = 1, .max = 1024, .doc = "speeds arithmetic up"});
    config.read("gmacs_per_s", o.gmacs_per_s,
                {.min = 1e-3, .max = 1e9, .doc = "peak arithmetic of one thread, 10^9 MACs/s"});
    config.read("gbytes_per_s", o.gbytes_per_s,
                {.min = 1e-3, .max = 1e9, .doc = "memory bandwidth, 10^9 bytes/s"});
    config.read("node_us", o.node_us,
                {.min = 0, .max = 1e6, .doc = "overhead of a node, microseconds"});
    config.read("network_us", o.network_us,
                {.min = 0, .max = 1e6, .doc = "overhead of a network, microseconds"});
    config.read("variety", o.variety,
                {.min = 0, .max = 0.5, .doc = "how much a block's time depends on its key"});
    config.finish();
    return o;
  }
};

Roofline roofline_of(const StubOptions& o) {
  return {.gmacs_per_s = o.gmacs_per_s * static_cast<double>(o.threads),
          .gbytes_per_s = o.gbytes_per_s,
          .node_us = o.node_us,
          .network_us = o.network_us};
}

/// The roofline's time, and a little of the block's own.
double stub_ms(const Block& block, Precision precision, const StubOptions& o) {
  // In [-1, 1], from the key alone.
  const double sign = static_cast<double>(fnv1a(block.key) >> 11) * 0x1.0p-52 - 1;
  return block_ms(roofline_of(o), block, precision) * (1 + o.variety * sign);
}

class StubNetwork : public PreparedNetwork {
 public:
  StubNetwork(double ms, int64_t bytes) : ms_(ms), bytes_(bytes) {}
  std::vector<double> measure(int64_t runs) override {
    return std::vector<double>(static_cast<size_t>(runs), ms_);
  }
  std::optional<int64_t> activation_bytes() override { return bytes_; }

 private:
  double ms_;
  int64_t bytes_;
};

class Stub : public DeviceBackend {
 public:
  explicit Stub(const StubOptions& options) : options_(options) {}

  DeviceInfo info() const override {
    return {.device = str("stub, ", number(options_.gmacs_per_s), " GMAC/s, ",
                          number(options_.gbytes_per_s), " GB/s, ", number(options_.node_us),
                          " us a node, ", number(options_.network_us), " us a network, variety ",
                          number(options_.variety)),
            .runtime = "stub",
            .version = "1",
            .precision = "f32",
            .batch = options_.batch,
            .threads = options_.threads};
  }

  Workload workload() const override { return {.batch = options_.batch}; }

  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    if (spec.blocks.empty()) throw DeviceError(str("network '", spec.name, "' has no block"));
    double ms = options_.network_us * 1e-3;
    for (const BlockUse& use : spec.blocks) {
      ms += stub_ms(*use.block, spec.workload.precision, options_);
    }
    return std::make_unique<StubNetwork>(ms, network_cost(spec).activation_bytes);
  }

 private:
  StubOptions options_;
};

}  // namespace

DeviceRegistry::Factory make_stub;

std::unique_ptr<DeviceBackend> make_stub(const ConfigNode& config) {
  return std::make_unique<Stub>(StubOptions::read(config));
}

}  // namespace tailor::hw
