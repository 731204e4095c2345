// The C library's allocator, set once for the process.
#pragma once

namespace tailor::tools {

/// Freed activations stay in the process: training allocates the same sizes at every step, and page
/// faults on fresh memory cost more than the arithmetic of small networks.
void keep_freed_memory();

}  // namespace tailor::tools
