// Fuzzes the safetensors reader: any bytes parse or throw a tailor::Error, and what was parsed is
// written and parsed again as the same tensors.
#include <cstdlib>

#include "core/error.h"
#include "core/tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  tailor::TensorFile file;
  try {
    file = tailor::TensorFile::parse(bytes, "fuzz");
  } catch (const tailor::Error&) {
    return 0;
  }
  const std::string written = file.serialize();
  if (tailor::TensorFile::parse(written, "written").serialize() != written) std::abort();
  return 0;
}
