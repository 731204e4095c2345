// Timing on a GPU, with a driver that only writes down what it is asked.
#include <algorithm>
#include <string>

#include "core/error.h"
#include "hardware_profiles/backends/cuda_driver.h"
#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;

namespace {

/// Run n takes n + 1 ms; flushing takes 100.
class FakeDriver : public hw::CudaDriver {
 public:
  void launch() override {
    log += "L";
    clock += ++runs;
  }
  void flush_cache() override {
    log += "F";
    clock += 100;
  }
  void record(int event) override {
    REQUIRE(event < kEvents);
    log += "r";
    times[event] = clock;
    waited = false;
  }
  void synchronize() override {
    log += "S";
    waited = true;
  }
  double elapsed_ms(int from, int to) override {
    REQUIRE(waited);
    return broken ? 0 : times[to] - times[from];
  }

  std::string log;
  bool broken = false;

 private:
  double clock = 0, times[kEvents] = {};
  int runs = 0;
  bool waited = false;
};

}  // namespace

TEST_CASE("each run has its own time, and the host waits once") {
  FakeDriver driver;
  CHECK(hw::cuda_measure(driver, 3, false) == std::vector<double>{1, 2, 3});
  CHECK(driver.log == "rLrrLrrLrS");
}

TEST_CASE("flushing the cache is not part of a run") {
  FakeDriver driver;
  CHECK(hw::cuda_measure(driver, 2, true) == std::vector<double>{1, 2});
  CHECK(driver.log == "FrLrFrLrS");
}

TEST_CASE("more runs than events take several rounds") {
  FakeDriver driver;
  const std::vector<double> times = hw::cuda_measure(driver, 70, false);
  REQUIRE(times.size() == 70);
  CHECK(times.back() == 70);
  CHECK(std::count(driver.log.begin(), driver.log.end(), 'S') == 3);
  CHECK(hw::cuda_measure(driver, 0, false).empty());
}

TEST_CASE("a time of 0 is an error, not a result") {
  FakeDriver driver;
  driver.broken = true;
  CHECK(test::error_text<DeviceError>([&] { hw::cuda_measure(driver, 1, false); }) ==
        "cuda: run 0 took 0 ms");
}
