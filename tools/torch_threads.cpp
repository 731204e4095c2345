// One LibTorch thread.
#include "tools/torch_threads.h"

#include <ATen/Parallel.h>

namespace tailor::tools {

void use_one_torch_thread() { at::set_num_threads(1); }

}  // namespace tailor::tools
