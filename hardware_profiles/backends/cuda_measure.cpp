// Timing by pairs of events.
#include <algorithm>

#include "core/error.h"
#include "hardware_profiles/backends/cuda_driver.h"

namespace tailor::hw {

std::vector<double> cuda_measure(CudaDriver& driver, int64_t runs, bool flush_cache) {
  std::vector<double> out;
  while (static_cast<int64_t>(out.size()) < runs) {
    const auto left = runs - static_cast<int64_t>(out.size());
    const auto count = static_cast<int>(std::min<int64_t>(left, CudaDriver::kEvents / 2));
    for (int i = 0; i < count; ++i) {
      if (flush_cache) driver.flush_cache();
      driver.record(2 * i);
      driver.launch();
      driver.record(2 * i + 1);
    }
    driver.synchronize();
    for (int i = 0; i < count; ++i) {
      const double ms = driver.elapsed_ms(2 * i, 2 * i + 1);
      if (!(ms > 0)) throw DeviceError(str("cuda: run ", out.size(), " took ", ms, " ms"));
      out.push_back(ms);
    }
  }
  return out;
}

}  // namespace tailor::hw
