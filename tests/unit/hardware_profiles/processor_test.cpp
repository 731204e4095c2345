// The processor's name.
#include "hardware_profiles/processor.h"

#include "tests/support/catch.h"

using namespace tailor;

TEST_CASE("the processor has a name on one line, the same at every call") {
  const std::string name = hw::processor_name();
  CHECK_FALSE(name.empty());
  CHECK(name.find('\n') == std::string::npos);
  CHECK(name.front() != ' ');
  CHECK(hw::processor_name() == name);
}
