// Setting LibTorch's threads.
#include "tools/torch_threads.h"

#include <ATen/Parallel.h>

namespace tailor::tools {

void use_one_torch_thread() { use_torch_threads(1); }

void use_torch_threads(int64_t threads) { at::set_num_threads(static_cast<int>(threads)); }

}  // namespace tailor::tools
