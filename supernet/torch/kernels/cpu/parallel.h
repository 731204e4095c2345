// Loops of kernels on LibTorch's threads.
#pragma once

#include <cstdint>
#include <functional>

namespace tailor::cpu {

/// body(first, last) for pieces of [begin, end) of at least `grain` items, on as many threads as
/// at::get_num_threads() says; in one piece inside another parallel loop. As at::parallel_for,
/// which is a template that runs on one thread wherever it is compiled without OpenMP
/// (ATen/ParallelOpenMP.h): only parallel.cpp is compiled with it.
void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  const std::function<void(int64_t, int64_t)>& body);

}  // namespace tailor::cpu
