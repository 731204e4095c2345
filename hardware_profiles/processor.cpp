// The processor's name, from Linux's /proc/cpuinfo.
#include "hardware_profiles/processor.h"

#include <fstream>

#include "core/str.h"

namespace tailor::hw {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const size_t colon = line.find(':');
    if (colon != std::string::npos) return std::string(trim(line.substr(colon + 1)));
  }
  return "unknown processor";
}

}  // namespace tailor::hw
