// Fuzzes the reader of net.config: any text parses or throws a tailor::Error, and what was parsed
// is written and parsed again without a difference.
#include <cstdlib>

#include "core/error.h"
#include "supernet/families/mobilenet_published.h"
#include "supernet/families/resnet50d_published.h"

namespace {

template <class Parse>
void check(const std::string& text, const Parse& parse) {
  decltype(parse(text)) network;
  try {
    network = parse(text);
  } catch (const tailor::Error&) {
    return;
  }
  const std::string written = tailor::net_config(network);
  if (tailor::net_config(parse(written)) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text, [](const std::string& t) { return tailor::parse_net_config(t, "fuzz"); });
  check(text, [](const std::string& t) { return tailor::parse_resnet_config(t, "fuzz"); });
  return 0;
}
