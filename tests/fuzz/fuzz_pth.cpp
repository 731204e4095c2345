// Fuzzes the readers of torch.save's files and of pickles: any bytes give tensors or a
// tailor::Error.
#include "core/error.h"
#include "supernet/formats/pickle.h"
#include "supernet/formats/pth.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    tailor::parse_pth(bytes, "fuzz");
  } catch (const tailor::Error&) {
  }
  try {
    size_t used = 0;
    tailor::read_pickle(bytes, "fuzz", used);
    if (used > size) __builtin_trap();
  } catch (const tailor::Error&) {
  }
  return 0;
}
