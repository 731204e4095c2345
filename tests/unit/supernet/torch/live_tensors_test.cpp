// Bytes of tensors that are alive.
#include "supernet/torch/live_tensors.h"

#include <ATen/ATen.h>

#include "core/error.h"

#include "tests/support/catch.h"

using namespace tailor;
using supernet::LiveTensors;

TEST_CASE("tensors are counted while they are alive") {
  const at::Tensor before = at::zeros({100});
  at::Tensor outlives;
  {
    LiveTensors tensors;
    CHECK(tensors.bytes() == 0);
    CHECK(tensors.peak_bytes() == 0);
    const at::Tensor one = at::zeros({256});
    CHECK(tensors.bytes() == 1024);
    at::zeros({512});
    CHECK(tensors.bytes() == 1024);
    CHECK(tensors.peak_bytes() == 1024 + 2048);
    tensors.reset_peak();
    CHECK(tensors.peak_bytes() == 1024);
    outlives = one.clone();
    CHECK(tensors.bytes() == 2048);
    CHECK_THROWS_AS(LiveTensors(), Error);
  }
  CHECK(outlives.sum().item<float>() == 0);
  const LiveTensors again;
  const at::Tensor sum = before + 1;
  CHECK(again.bytes() == 400);
  outlives.reset();  // made in the time of another
  CHECK(again.bytes() == 400);
}
