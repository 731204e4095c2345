// The only file that must be compiled with OpenMP.
#include "supernet/torch/kernels/cpu/parallel.h"

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "without OpenMP at::parallel_for runs on one thread"
#endif

namespace tailor::cpu {

void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  const std::function<void(int64_t, int64_t)>& body) {
  at::parallel_for(begin, end, grain, body);
}

}  // namespace tailor::cpu
