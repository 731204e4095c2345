// LibTorch's own threads, set once for the process.
#pragma once

namespace tailor::tools {

/// Parallelism is ours (shards of a step, subnets side by side): inside each LibTorch has one
/// thread.
void use_one_torch_thread();

}  // namespace tailor::tools
