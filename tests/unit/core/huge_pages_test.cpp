#include "core/huge_pages.h"

#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace tailor;

namespace {

/// Kilobytes of huge pages of this process; -1 where the system does not say.
long huge_kilobytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  for (std::string word; file >> word;) {
    if (word == "AnonHugePages:") {
      long kilobytes = -1;
      file >> kilobytes;
      return kilobytes;
    }
  }
  return -1;
}

bool system_offers() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string line;
  std::getline(file, line);
  return line.find("[never]") == std::string::npos && !line.empty();
}

}  // namespace

TEST_CASE("huge pages: contents stay, whole pages inside the block alone", "[core]") {
  std::vector<int> small(1000);
  std::iota(small.begin(), small.end(), 0);
  prefer_huge_pages(small.data(), small.size() * sizeof(int));
  for (int i = 0; i < 1000; ++i) REQUIRE(small[static_cast<size_t>(i)] == i);
  prefer_huge_pages(nullptr, 0);
}

TEST_CASE("huge pages: a large fresh block gets them where the system has them", "[core]") {
  if (!system_offers() || huge_kilobytes() < 0) {
    WARN("skipped: this system has no huge pages to ask for");
    return;
  }
  constexpr size_t kBytes = size_t{64} << 20;
  const std::unique_ptr<char[]> block(new char[kBytes]);
  const long before = huge_kilobytes();
  prefer_huge_pages(block.get(), kBytes);
  std::fill_n(block.get(), kBytes, char{1});
  CHECK(huge_kilobytes() >= before + (16 << 10));
}
