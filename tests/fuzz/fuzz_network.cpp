// Fuzzes the reader of network files: any text is read or refused with an IoError, and what was
// read is costed, written and read again as the same text.
#include <cstdlib>

#include "core/error.h"
#include "supernet/space/cost.h"
#include "supernet/space/spec_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tailor::NetworkSpec spec;
  try {
    spec = tailor::spec_from_json(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const tailor::IoError&) {
    return 0;
  }
  if (tailor::network_cost(spec).memory_bytes() < 0) std::abort();
  const std::string text = tailor::spec_to_json(spec);
  if (tailor::spec_to_json(tailor::spec_from_json(text, "again")) != text) std::abort();
  return 0;
}
