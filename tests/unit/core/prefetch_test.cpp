#include "core/prefetch.h"

#include <atomic>
#include <chrono>

#include "tests/support/catch.h"
#include "tests/support/error_text.h"

using namespace tailor;
using tailor::test::error_text;

TEST_CASE("prefetched values come in order, whatever the number of threads") {
  for (const int64_t threads : {0, 1, 4}) {
    Prefetch<int64_t> values(
        3, 40,
        [](int64_t i) {
          std::this_thread::sleep_for(std::chrono::microseconds(i % 3 * 100));
          return i * i;
        },
        threads, 5);
    for (int64_t i = 3; i < 40; ++i) CHECK(values.next() == i * i);
    CHECK(error_text<Error>([&] { values.next(); }) == "prefetch: asked for more than 40 values");
  }
}

TEST_CASE("no more values are made ahead than allowed") {
  std::atomic<int64_t> made = 0;
  Prefetch<int64_t> values(
      0, 100, [&](int64_t) { return ++made; }, 3, 4);
  values.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(made <= 5);
  CHECK(made >= 4);
}

TEST_CASE("an error is thrown where its value would have been, and an early end waits for none") {
  Prefetch<int64_t> values(
      0, 1000,
      [](int64_t i) {
        if (i == 2) throw Error("two");
        return i;
      },
      2, 3);
  CHECK(values.next() == 0);
  CHECK(values.next() == 1);
  CHECK(error_text<Error>([&] { values.next(); }) == "two");
  CHECK(values.next() == 3);
}
