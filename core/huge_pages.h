// Large pages for large blocks of memory.
#pragma once

#include <cstddef>

namespace tailor {

/// Asks the system to hold the whole 2 MiB pages of [begin, begin + bytes) as such where it can:
/// a loop over the block then looks up 512 times fewer addresses. Best before the memory is first
/// written. A hint: contents and errors are the same without.
void prefer_huge_pages(void* begin, size_t bytes);

}  // namespace tailor
