// What timing a network on a GPU needs of CUDA: an interface so thin that a test can stand in.
#pragma once

#include <cstdint>
#include <vector>

namespace tailor::hw {

/// One network on one stream. Everything but synchronize and elapsed_ms only enqueues.
class CudaDriver {
 public:
  virtual ~CudaDriver() = default;
  virtual void launch() = 0;
  /// Writes over the second-level cache, so that the next run finds it cold.
  virtual void flush_cache() = 0;
  /// Events are numbered below kEvents.
  virtual void record(int event) = 0;
  virtual void synchronize() = 0;
  /// Between two recorded events, after synchronize.
  virtual double elapsed_ms(int from, int to) = 0;

  static constexpr int kEvents = 64;
};

/// Milliseconds of each of `runs` runs on the GPU's own clock. The host waits once for as many runs
/// as there are events for, so that the queue never runs dry inside a run. Throws DeviceError for a
/// time that is not positive.
std::vector<double> cuda_measure(CudaDriver& driver, int64_t runs, bool flush_cache);

}  // namespace tailor::hw
