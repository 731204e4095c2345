// Fuzzes the CSV reader: any text parses or throws a tailor::Error, and what was parsed is printed
// and parsed again as the same rows.
#include <cstdlib>

#include "core/error.h"
#include "core/file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tailor::Csv csv;
  try {
    csv = tailor::Csv::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
  } catch (const tailor::Error&) {
    return 0;
  }
  const tailor::Csv again = tailor::Csv::parse(csv.text(), "printed");
  if (again.header != csv.header || again.rows != csv.rows) std::abort();
  return 0;
}
