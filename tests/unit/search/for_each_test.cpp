#include "search/for_each.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

namespace tailor::search {
namespace {

using test::error_text;

TEST_CASE("every body runs once, on any number of threads") {
  for (const int threads : {1, 2, 5}) {
    std::vector<std::atomic<int>> runs(1000);
    on_threads(threads)(runs.size(), [&](size_t i) { ++runs[i]; });
    for (const auto& each : runs) CHECK(each == 1);
  }
}

TEST_CASE("two threads work at once") {
  // Each waits for the other; a single thread would wait in vain.
  std::atomic<int> here = 0, met = 0;
  on_threads(2)(2, [&](size_t) {
    ++here;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (here < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    if (here == 2) ++met;
  });
  CHECK(met == 2);
}

TEST_CASE("parts cover everything, the last one is shorter") {
  for (const ForEach& for_each : {ForEach(), ForEach(one_by_one), on_threads(3)}) {
    std::vector<size_t> sizes(3);
    in_parts(for_each, 70, 32, [&](size_t begin, size_t end) { sizes[begin / 32] = end - begin; });
    CHECK(sizes == std::vector<size_t>{32, 32, 6});
    in_parts(for_each, 0, 32, [](size_t, size_t) { FAIL("nothing to do"); });
  }
}

TEST_CASE("of several errors the first part's is thrown, whatever ran first") {
  const ForEach backwards = [](size_t n, const std::function<void(size_t)>& body) {
    for (size_t i = n; i > 0; --i) body(i - 1);
  };
  for (const ForEach& for_each : {ForEach(), ForEach(backwards), on_threads(4)}) {
    CHECK(error_text<Error>([&] {
            in_parts(for_each, 50, 10, [](size_t begin, size_t) {
              if (begin >= 20) throw Error(std::to_string(begin));
            });
          }) == "20");
  }
}

}  // namespace
}  // namespace tailor::search
