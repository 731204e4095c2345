// Holding a lowered network and timing its runs.
#include "hardware_profiles/backends/onednn_network.h"

#include <omp.h>

#include <chrono>

#include "core/error.h"
#include "core/rng.h"
#include "hardware_profiles/backends/onednn_lowering.h"

namespace tailor::hw {
namespace {

/// Sets OpenMP's threads while it lives; the setting is the calling thread's.
class ThreadCount {
 public:
  explicit ThreadCount(int64_t threads) : before_(omp_get_max_threads()) {
    if (before_ != threads) omp_set_num_threads(static_cast<int>(threads));
  }
  ~ThreadCount() {
    if (omp_get_max_threads() != before_) omp_set_num_threads(before_);
  }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_;
};

/// Runs `body` with these threads; oneDNN's errors become ours.
template <class Body>
auto guarded(int64_t threads, const Body& body) {
  const ThreadCount scope(threads);
  try {
    return body();
  } catch (const dnnl::error& error) {
    throw DeviceError(
        str("onednn: ", error.message, " (status ", static_cast<int>(error.status), ")"));
  }
}

}  // namespace

struct OnednnNetwork::Impl {
  int64_t threads;
  std::vector<Shape> input_shapes;
  Shape output_shape;
  DnnlGraph graph{dnnl::engine(dnnl::engine::kind::cpu, 0)};
  std::vector<int> inputs = {};
  int output = 0;
};

OnednnNetwork::OnednnNetwork(const NetworkSpec& spec, const TensorFile& weights, int64_t threads,
                             OnednnLayout layout) {
  // The number of threads is part of a primitive: work is split when it is made.
  guarded(threads, [&] {
    impl_.reset(new Impl{threads, spec.inputs, spec.output()});
    const FusedNetwork network = fuse(spec);
    OnednnLowering lowering(network, weights, layout, impl_->graph);
    lowering.run();
    impl_->inputs = lowering.inputs();
    impl_->output = lowering.output();
    impl_->graph.allocate();
  });
  Rng rng(1);
  for (size_t i = 0; i < spec.inputs.size(); ++i) {
    std::vector<float> values(static_cast<size_t>(numel(spec.inputs[i])));
    for (float& value : values) value = static_cast<float>(rng.uniform());
    set_input(i, values);
  }
}

OnednnNetwork::~OnednnNetwork() = default;

std::vector<double> OnednnNetwork::measure(int64_t runs) {
  using Clock = std::chrono::steady_clock;
  return guarded(impl_->threads, [&] {
    std::vector<double> out;
    out.reserve(static_cast<size_t>(runs));
    for (int64_t i = 0; i < runs; ++i) {
      const auto begin = Clock::now();
      impl_->graph.run();
      out.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    return out;
  });
}

std::optional<int64_t> OnednnNetwork::activation_bytes() { return impl_->graph.bytes(); }

void OnednnNetwork::set_input(size_t index, std::span<const float> values) {
  if (index >= impl_->inputs.size() ||
      static_cast<int64_t>(values.size()) != numel(impl_->input_shapes[index])) {
    throw DeviceError(str("onednn: ", values.size(), " values for input ", index, " of ",
                          impl_->inputs.size(), " inputs, the first of ",
                          shape_text(impl_->input_shapes.at(0))));
  }
  guarded(impl_->threads,
          [&] { impl_->graph.write(impl_->inputs[index], impl_->input_shapes[index], values); });
}

std::vector<float> OnednnNetwork::run() {
  return guarded(impl_->threads, [&] {
    impl_->graph.run();
    return impl_->graph.read(impl_->output, impl_->output_shape);
  });
}

std::vector<std::string> OnednnNetwork::implementations() const {
  return impl_->graph.implementations();
}

}  // namespace tailor::hw
