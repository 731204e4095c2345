// Fuzzes the config reader: any text parses or throws a tailor::Error, and what the reader prints
// reads back as the same document.
#include <cstdlib>

#include "core/config_node.h"
#include "core/error.h"

namespace {

void read_some(const tailor::ConfigNode& node) {
  for (const std::string& key : node.keys()) {
    double number = 0;
    std::vector<int64_t> integers;
    std::map<std::string, double> limits;
    try {
      node.read(key, number, {.min = 0, .max = 10});
    } catch (const tailor::Error&) {
    }
    try {
      node.read(key, integers, {});
    } catch (const tailor::Error&) {
    }
    try {
      node.read(key, limits, {});
    } catch (const tailor::Error&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    tailor::ConfigNode node = tailor::ConfigNode::parse(text, "fuzz");
    const std::string printed = node.text();
    const auto again = tailor::ConfigNode::parse(printed, "printed");
    if (again.text() != printed) std::abort();
    if (again.canonical_text() != node.canonical_text()) std::abort();
    read_some(node);
    node.set(text.substr(0, 64));
    node.finish();
  } catch (const tailor::Error& error) {
    // Our own output must always read back.
    if (std::string(error.what()).rfind("printed", 0) == 0) std::abort();
  }
  return 0;
}
