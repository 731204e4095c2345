// Fuzzes the latency table reader: any text is a table or a tailor::IoError, and a table that was
// read is printed and read again as the same table.
#include <cstdlib>

#include "core/error.h"
#include "hardware_profiles/lut.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tailor::hw::LatencyTable;
  LatencyTable table;
  try {
    table = LatencyTable::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const tailor::IoError&) {
    return 0;
  }
  if (LatencyTable::parse(table.text(), "printed").text() != table.text()) std::abort();
  return 0;
}
