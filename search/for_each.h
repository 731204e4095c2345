// Running independent pieces of work at once, with results that do not show it.
#pragma once

#include <cstddef>
#include <functional>

namespace tailor::search {

/// Runs body(0) ... body(count - 1) in any order, at once where it can. Bodies write to places of
/// their own only.
using ForEach = std::function<void(size_t count, const std::function<void(size_t)>& body)>;

/// One after the other.
void one_by_one(size_t count, const std::function<void(size_t)>& body);
/// On so many threads of its own; 1: the caller's alone.
ForEach on_threads(int threads);

/// body(begin, end) for parts of `size` items, the last one shorter. Of several errors that of the
/// first part is thrown, whatever ran first. An empty for_each: one after the other.
void in_parts(const ForEach& for_each, size_t count, size_t size,
              const std::function<void(size_t begin, size_t end)>& body);

}  // namespace tailor::search
