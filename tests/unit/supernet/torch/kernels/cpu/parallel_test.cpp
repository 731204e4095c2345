#include "supernet/torch/kernels/cpu/parallel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <mutex>
#include <set>
#include <thread>

#include "tests/support/catch.h"

using namespace tailor::cpu;

namespace {

struct Pieces {
  std::set<std::thread::id> threads;
  std::multiset<int64_t> items;
};

Pieces run(int threads, int64_t items, int64_t grain) {
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  Pieces out;
  std::mutex guard;
  parallel_for(0, items, grain, [&](int64_t first, int64_t last) {
    const std::lock_guard lock(guard);
    out.threads.insert(std::this_thread::get_id());
    for (int64_t i = first; i < last; ++i) out.items.insert(i);
  });
  at::set_num_threads(before);
  return out;
}

}  // namespace

TEST_CASE("parallel_for: every item once, on as many threads as LibTorch has", "[kernels]") {
  for (const int threads : {1, 2, 3}) {
    const Pieces pieces = run(threads, 12, 1);
    CHECK(pieces.threads.size() == static_cast<size_t>(threads));
    CHECK(pieces.items == std::multiset<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  }
  CHECK(run(2, 12, 12).threads.size() == 1);
  CHECK(run(2, 0, 1).items.empty());
}

TEST_CASE("parallel_for: an exception reaches the caller", "[kernels]") {
  CHECK_THROWS_AS(parallel_for(0, 4, 1, [](int64_t, int64_t) { throw std::runtime_error("no"); }),
                  std::runtime_error);
}
