// Device backend "onednn": oneDNN's primitives on this machine's processor, float32.
#include <array>

#include <oneapi/dnnl/dnnl.hpp>

#include "core/error.h"
#include "hardware_profiles/backends/onednn_network.h"
#include "hardware_profiles/processor.h"
#include "hardware_profiles/random_weights.h"
#include "supernet/space/passes.h"

namespace tailor::hw {
namespace {

struct Isa {
  const char* name;
  dnnl::cpu_isa isa;
};
// In the library's order: each holds the ones before it, but for the two AVX2 extensions.
constexpr std::array<Isa, 11> kIsas = {{
    {"sse41", dnnl::cpu_isa::sse41},
    {"avx", dnnl::cpu_isa::avx},
    {"avx2", dnnl::cpu_isa::avx2},
    {"avx2_vnni", dnnl::cpu_isa::avx2_vnni},
    {"avx2_vnni_2", dnnl::cpu_isa::avx2_vnni_2},
    {"avx512", dnnl::cpu_isa::avx512_core},
    {"avx512_vnni", dnnl::cpu_isa::avx512_core_vnni},
    {"avx512_bf16", dnnl::cpu_isa::avx512_core_bf16},
    {"avx512_fp16", dnnl::cpu_isa::avx512_core_fp16},
    {"avx512_amx", dnnl::cpu_isa::avx512_core_amx},
    {"avx512_amx_fp16", dnnl::cpu_isa::avx512_core_amx_fp16},
}};

struct Options {
  int64_t threads = 1, batch = 1;
  std::string isa = "auto", layout = "any";

  static Options read(const ConfigNode& cfg) {
    std::vector<std::string> isas = {"auto"};
    for (const Isa& isa : kIsas) isas.emplace_back(isa.name);
    Options o;
    cfg.read("threads", o.threads, {.min = 1, .max = 1024, .doc = "threads of one run"});
    cfg.read("batch", o.batch, {.min = 1, .max = 1 << 16, .doc = "images of one run"});
    cfg.read("isa", o.isa,
             {.choices = isas, .doc = "the widest instruction set that kernels may use"});
    cfg.read("layout", o.layout,
             {.choices = {"any", "nhwc"},
              .doc = "activations in the layout that oneDNN prefers, or channels last"});
    cfg.finish();
    return o;
  }
};

std::string isa_name(dnnl::cpu_isa isa) {
  for (const Isa& known : kIsas) {
    if (known.isa == isa) return known.name;
  }
  return isa == dnnl::cpu_isa::isa_default ? "generic" : str("isa ", static_cast<int>(isa));
}

/// The library takes one limit a process, and none once a kernel was made.
void limit_isa(const std::string& name) {
  for (const Isa& known : kIsas) {
    if (name != known.name) continue;
    const dnnl::status status = dnnl::set_max_cpu_isa(known.isa);
    const dnnl::cpu_isa effective = dnnl::get_effective_cpu_isa();
    if (effective == known.isa) return;
    if (status == dnnl::status::success) {
      throw DeviceError(str("onednn: this processor has no ", name, ", it has ",
                            isa_name(effective), "; set isa to that or to auto"));
    }
    throw DeviceError(str("onednn: isa ", name, " comes too late, kernels of ", isa_name(effective),
                          " were made in this process; profile each isa in a run of its own"));
  }
}

std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return str(v->major, ".", v->minor, ".", v->patch, " ", isa_name(dnnl::get_effective_cpu_isa()));
}

class Onednn : public DeviceBackend {
 public:
  explicit Onednn(const Options& options) : options_(options), version_(version()) {}

  DeviceInfo info() const override {
    return {.device = processor_name(),
            .runtime = options_.layout == "any" ? "onednn" : str("onednn ", options_.layout),
            .version = version_,
            .batch = options_.batch,
            .threads = options_.threads};
  }
  Workload workload() const override { return {.batch = options_.batch}; }

  std::unique_ptr<PreparedNetwork> prepare(const NetworkSpec& spec) override {
    const NetworkSpec whole = standalone(spec);
    return std::make_unique<OnednnNetwork>(
        whole, random_weights(whole, Rng(1)), options_.threads,
        options_.layout == "any" ? OnednnLayout::any : OnednnLayout::nhwc);
  }

 private:
  const Options options_;
  const std::string version_;
};

}  // namespace

DeviceRegistry::Factory make_onednn;

std::unique_ptr<DeviceBackend> make_onednn(const ConfigNode& cfg) {
  const Options options = Options::read(cfg);
  limit_isa(options.isa);
  return std::make_unique<Onednn>(options);
}

}  // namespace tailor::hw
