// Fuzzes the reader of net.config: any text parses or throws a tailor::Error, and what was parsed
// is written and parsed again without a difference.
#include <cstdlib>

#include "core/error.h"
#include "supernet/families/mobilenet_published.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  tailor::PublishedMobileNet network;
  try {
    network = tailor::parse_net_config(text, "fuzz");
  } catch (const tailor::Error&) {
    return 0;
  }
  const std::string written = tailor::net_config(network);
  if (tailor::net_config(tailor::parse_net_config(written, "written")) != written) std::abort();
  return 0;
}
