// What every bench's main does: one thread a torch call, memory kept, errors as one line.
#pragma once

#include <iostream>
#include <string>
#include <vector>

#include "tools/allocator.h"
#include "tools/torch_threads.h"

namespace tailor::bench {

/// Exit code of `run` on the arguments; 1 after an error, which is printed after `name`.
template <class Run>
int bench_main(const char* name, int argc, char** argv, const Run& run) {
  tools::keep_freed_memory();
  tools::use_one_torch_thread();
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << "\n";
    return 1;
  }
}

}  // namespace tailor::bench
