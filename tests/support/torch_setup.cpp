// Tests that see LibTorch run it on one thread, as tasks of ours do.
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <ATen/Parallel.h>

#include "tests/support/catch.h"

namespace {

struct OneThread : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testRunStarting(const Catch::TestRunInfo& info) override {
    TestEventListenerBase::testRunStarting(info);
    at::set_num_threads(1);
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(OneThread)
