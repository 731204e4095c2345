// The only file of this room that starts threads.
#include "search/for_each.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <vector>

namespace tailor::search {

void one_by_one(size_t count, const std::function<void(size_t)>& body) {
  for (size_t i = 0; i < count; ++i) body(i);
}

ForEach on_threads(int threads) {
  if (threads == 1) return one_by_one;
  // More threads than cores are allowed when they are asked for.
  struct Pool {
    explicit Pool(int n)
        : allowed(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(n)), arena(n) {}
    tbb::global_control allowed;
    tbb::task_arena arena;
  };
  auto pool = std::make_shared<Pool>(threads);
  return [pool](size_t count, const std::function<void(size_t)>& body) {
    pool->arena.execute([&] {
      tbb::parallel_for(
          tbb::blocked_range<size_t>(0, count, 1),
          [&](const auto& range) {
            for (size_t i = range.begin(); i < range.end(); ++i) body(i);
          },
          tbb::simple_partitioner());
    });
  };
}

void in_parts(const ForEach& for_each, size_t count, size_t size,
              const std::function<void(size_t begin, size_t end)>& body) {
  const size_t parts = (count + size - 1) / size;
  if (parts <= 1 || !for_each) {
    for (size_t k = 0; k < parts; ++k) body(k * size, std::min(count, (k + 1) * size));
    return;
  }
  std::vector<std::exception_ptr> errors(parts);
  for_each(parts, [&](size_t k) {
    try {
      body(k * size, std::min(count, (k + 1) * size));
    } catch (...) {  // kept and thrown below: which error is seen must not depend on threads
      errors[k] = std::current_exception();
    }
  });
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace tailor::search
