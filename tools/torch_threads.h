// LibTorch's own threads, set once for the process.
#pragma once

#include <cstdint>

namespace tailor::tools {

/// Parallelism is ours (shards of a step, subnets side by side): inside each LibTorch has one
/// thread.
void use_one_torch_thread();
/// For work that has no parallelism of ours: one sequence decoded, a prompt read.
void use_torch_threads(int64_t threads);

}  // namespace tailor::tools
