// Agents that behave and agents that do not: one clear error or a retake, never a wrong figure.
#include "hardware_profiles/agent.h"

#include "core/error.h"
#include "tests/support/catch.h"
#include "tests/support/spaces.h"
#include "tests/support/temp_dir.h"

namespace tailor {
namespace {

using Catch::Contains;
using hw::Agent;
using hw::AgentOptions;

AgentOptions fake(const std::string& how, const std::string& state = "") {
  AgentOptions o;
  o.command = "python3 " TAILOR_SOURCE_DIR "/tests/support/fake_agent.py " + how + " " + state;
  o.timeout_s = 20;
  return o;
}

NetworkSpec small_network() {
  const auto space = test::space_of(test::kTinyMobileNet);
  return space->lower(space->smallest());
}

std::vector<double> measured_by(const AgentOptions& options, int64_t runs = 3) {
  Agent agent(options);
  return agent.measure(agent.prepare(small_network(), "model").network, runs);
}

TEST_CASE("an agent is greeted, given a network and asked for times") {
  CHECK(measured_by(fake("good")) == std::vector<double>(3, 0.001));
  const hw::DeviceInfo info = Agent(fake("good")).info();
  CHECK(info.runtime == "fake");
  CHECK(info.device == "a fake device");
}

TEST_CASE("an agent may tell what memory a network needs") {
  Agent good(fake("good"));
  CHECK(good.prepare(small_network(), "model").activation_bytes == 4096);
  Agent bad(fake("bad_memory"));
  CHECK_THROWS_WITH(bad.prepare(small_network(), "model"),
                    Contains("answered 'prepare' with -1 bytes of activations"));
}

TEST_CASE("units are read, not guessed") {
  CHECK(measured_by(fake("microseconds")) == std::vector<double>(3, 0.001));
  CHECK_THROWS_WITH(measured_by(fake("fortnights")), Contains("unit 'fortnights'; known: ns, us"));
  CHECK_THROWS_WITH(measured_by(fake("no_unit")), Contains("no text 'unit', 3 times"));
}

TEST_CASE("times longer than the call are refused: another unit, or made up") {
  CHECK_THROWS_WITH(measured_by(fake("microseconds_as_ms")),
                    Contains("times that add up to 6000 ms in a call of "));
}

TEST_CASE("values that are no times are asked for again, then an error") {
  for (const char* how : {"nan", "null", "negative"}) {
    INFO(how);
    CHECK_THROWS_WITH(measured_by(fake(how)), Contains("answered 'measure' with"));
  }
  CHECK_THROWS_WITH(measured_by(fake("few")), Contains("2 times for 3 runs"));
}

TEST_CASE("an agent that recovers costs a retake") {
  const test::TempDir dir;
  CHECK(measured_by(fake("nan_once", dir.file("state"))) == std::vector<double>(3, 0.001));
}

TEST_CASE("an agent that ends is an error with its last words") {
  CHECK_THROWS_WITH(measured_by(fake("dead")), Contains("ended (exit status 1)") &&
                                                   Contains("asked to 'measure'") &&
                                                   Contains("its last words: out of memory"));
  CHECK_THROWS_WITH(measured_by(fake("half_line")), Contains("in the middle of a line"));
  AgentOptions absent;
  absent.command = "/no/such/agent";
  CHECK_THROWS_WITH(Agent(absent),
                    Contains("ended (exit status 127)") || Contains("asked to 'hello'"));
}

TEST_CASE("an agent that hangs is an error in time, and is not asked again") {
  AgentOptions options = fake("hung");
  options.timeout_s = 2;
  Agent agent(options);
  const int64_t network = agent.prepare(small_network(), "model").network;
  CHECK_THROWS_WITH(agent.measure(network, 1), Contains("gave no answer within 2 s"));
  CHECK_THROWS_WITH(agent.measure(network, 1), Contains("gave no answer within 2 s"));
  CHECK_NOTHROW(agent.release(network));
}

TEST_CASE("answers to another question, another protocol and other threads are refused") {
  CHECK_THROWS_WITH(measured_by(fake("wrong_id")), Contains("answered request 4 when asked 3"));
  CHECK_THROWS_WITH(Agent(fake("future")), Contains("protocol 2; this build speaks 1"));
  CHECK_THROWS_WITH(Agent(fake("threads")), Contains("8 threads, asked for 1"));
}

TEST_CASE("an agent's refusal is told in its own words") {
  CHECK_THROWS_WITH(measured_by(fake("refuses")), Contains("cannot measure: no Relu here"));
}

TEST_CASE("a library's output is skipped, a flood of it is not") {
  CHECK(measured_by(fake("chatter")).size() == 3);
  CHECK_THROWS_WITH(measured_by(fake("flood")), Contains("bytes that are no answer to 'measure'"));
}

TEST_CASE("base64 as in RFC 4648, section 10") {
  CHECK(hw::base64("").empty());
  CHECK(hw::base64("f") == "Zg==");
  CHECK(hw::base64("fo") == "Zm8=");
  CHECK(hw::base64("foobar") == "Zm9vYmFy");
  CHECK(hw::base64("\xff\xfe\xfd") == "//79");
}

}  // namespace
}  // namespace tailor
