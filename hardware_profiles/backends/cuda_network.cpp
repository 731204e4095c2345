// One network on one GPU: its program, recorded as a graph, and the driver that times it.
#include "hardware_profiles/backends/cuda_network.h"

#include "core/error.h"
#include "core/rng.h"
#include "hardware_profiles/backends/cuda_program.h"

namespace tailor::hw {
namespace {

CudaType type_of(Precision precision) {
  if (precision == Precision::f32) return CudaType::f32;
  return precision == Precision::f16 ? CudaType::f16 : CudaType::bf16;
}

/// A map's values in the other order: [N, C, HW] -> [N, HW, C] with `channels` C.
std::vector<float> transposed(std::span<const float> values, int64_t images, int64_t channels) {
  std::vector<float> out(values.size());
  const auto n = static_cast<size_t>(images), c = static_cast<size_t>(channels);
  const size_t pixels = values.size() / (n * c);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < c; ++k) {
      for (size_t p = 0; p < pixels; ++p) {
        out[(i * pixels + p) * c + k] = values[(i * c + k) * pixels + p];
      }
    }
  }
  return out;
}

class Graph {
 public:
  ~Graph() {
    if (exec_) cudaGraphExecDestroy(exec_);
  }
  void record(CudaProgram& program, cudaStream_t stream) {
    check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "recording");
    program.enqueue();
    cudaGraph_t graph = nullptr;
    check_cuda(cudaStreamEndCapture(stream, &graph), "recording a graph");
    const cudaError_t status = cudaGraphInstantiate(&exec_, graph, 0);
    cudaGraphDestroy(graph);
    check_cuda(status, "making a graph");
  }
  cudaGraphExec_t get() const { return exec_; }

 private:
  cudaGraphExec_t exec_ = nullptr;
};

}  // namespace

struct CudaNetwork::Impl : CudaDriver {
  Impl(const NetworkSpec& spec, const TensorFile& weights, const CudaOptions& o)
      : options(o),
        input(spec.inputs[0]),
        output(spec.output()),
        type(type_of(o.precision)),
        session(static_cast<int>(o.device)),
        program(fuse(spec), weights, type, session) {
    program.enqueue();  // once before recording: libraries load their kernels at the first call
    synchronize();
    if (options.graph) graph.record(program, session.stream);
    if (!options.flush_cache) return;
    int cache = 0;
    check_cuda(cudaDeviceGetAttribute(&cache, cudaDevAttrL2CacheSize, session.device),
               "asking for the cache's size");
    flush_bytes = 2 * static_cast<size_t>(cache);
    flush_memory = cuda_memory(flush_bytes);
  }

  void launch() override {
    if (!options.graph) return program.enqueue();
    check_cuda(cudaGraphLaunch(graph.get(), session.stream), "launching a graph");
  }
  void flush_cache() override {
    check_cuda(cudaMemsetAsync(flush_memory.get(), 1, flush_bytes, session.stream),
               "flushing the cache");
  }
  void record(int event) override {
    check_cuda(cudaEventRecord(session.events.at(static_cast<size_t>(event)), session.stream),
               "recording an event");
  }
  void synchronize() override { check_cuda(cudaStreamSynchronize(session.stream), "running"); }
  double elapsed_ms(int from, int to) override {
    float ms = 0;
    check_cuda(cudaEventElapsedTime(&ms, session.events.at(static_cast<size_t>(from)),
                                    session.events.at(static_cast<size_t>(to))),
               "reading a time");
    return static_cast<double>(ms);
  }

  bool last(const Shape& shape) const { return shape.size() == 4 && type != CudaType::f32; }

  const CudaOptions options;
  const Shape input, output;
  const CudaType type;
  CudaSession session;
  CudaProgram program;
  Graph graph;
  size_t flush_bytes = 0;
  CudaMemory flush_memory;
};

CudaNetwork::CudaNetwork(const NetworkSpec& spec, const TensorFile& weights,
                         const CudaOptions& options) {
  if (spec.inputs.size() != 1) {
    throw DeviceError(str("cuda: network '", spec.name, "' has ", spec.inputs.size(),
                          " inputs, one is expected"));
  }
  impl_ = std::make_unique<Impl>(spec, weights, options);
  std::vector<float> values(static_cast<size_t>(numel(impl_->input)));
  Rng rng(1);
  for (float& value : values) value = static_cast<float>(rng.uniform());
  cuda_write(impl_->program.input(), values, impl_->type);
}

CudaNetwork::~CudaNetwork() = default;

std::vector<double> CudaNetwork::measure(int64_t runs) {
  return cuda_measure(*impl_, runs, impl_->options.flush_cache);
}

std::optional<int64_t> CudaNetwork::activation_bytes() { return impl_->program.bytes(); }

std::vector<float> CudaNetwork::run(std::span<const float> input) {
  const Shape &in = impl_->input, &out = impl_->output;
  if (static_cast<int64_t>(input.size()) != numel(in)) {
    throw DeviceError(str("cuda: ", input.size(), " values for an input of ", shape_text(in)));
  }
  const bool last = impl_->last(in);
  cuda_write(
      impl_->program.input(),
      last ? transposed(input, in[0], in[1]) : std::vector<float>(input.begin(), input.end()),
      impl_->type);
  impl_->launch();
  impl_->synchronize();
  const auto count = static_cast<size_t>(numel(out));
  const std::vector<float> values = cuda_read(impl_->program.output(), count, impl_->type);
  // Back from channels last: the same exchange with pixels for channels.
  return impl_->last(out) ? transposed(values, out[0], numel(out) / (out[0] * out[1])) : values;
}

}  // namespace tailor::hw
