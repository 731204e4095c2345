// A language model's config.json from strangers: an error, or a config that is written and reads
// back with the same layers.
#include <cstdlib>
#include <string>

#include "core/error.h"
#include "supernet/formats/lm_config.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  tailor::LmConfig config;
  try {
    config = tailor::LmConfig::parse({reinterpret_cast<const char*>(data), size}, "input");
  } catch (const tailor::ConfigError&) {
    return 0;
  }
  const tailor::LmConfig back = tailor::LmConfig::parse(config.json(), "output");
  if (back.layers != config.layers || back.space_yaml().empty() || back.arch_text().empty()) {
    std::abort();
  }
  return 0;
}
