// Programs that we talk to in lines.
#include "core/child_process.h"

#include <signal.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace tailor;
using Catch::Contains;

namespace {

constexpr size_t kLine = 1 << 20;

double seconds_of(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Is the process of this number there?
bool alive(int pid) { return ::kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("lines go in and come out") {
  ChildProcess cat("cat");
  cat.write("one\ntwo\n", 10);
  CHECK(cat.read_line(10, kLine) == "one");
  CHECK(cat.read_line(10, kLine) == "two");
  cat.write("\n", 10);
  CHECK(cat.read_line(10, kLine).empty());
}

TEST_CASE("a text larger than every pipe goes through a program that answers as it reads") {
  ChildProcess cat("cat");
  const std::string text(8 << 20, 'x');
  CHECK_NOTHROW(cat.write(text.substr(0, 512 << 10) + "\n", 20));
  CHECK(cat.read_line(20, kLine).size() == 512 << 10);
  CHECK_THROWS_WITH((cat.write(text + "\n", 2), cat.read_line(2, kLine)),
                    Contains("no answer within 2 s") || Contains("a line of more than"));
}

TEST_CASE("an end is told with how it came about") {
  ChildProcess ends("exit 3");
  CHECK_THROWS_WITH(ends.read_line(10, kLine), "ended (exit status 3)");
  CHECK_THROWS_WITH(ends.write("more\n", 10), "ended (exit status 3)");
  ChildProcess killed("kill -9 $$");
  CHECK_THROWS_WITH(killed.read_line(10, kLine), "ended (signal 9)");
  ChildProcess half("printf half; exit 0");
  CHECK_THROWS_WITH(half.read_line(10, kLine), "ended (exit status 0) in the middle of a line");
  ChildProcess absent("/no/such/program");
  CHECK_THROWS_WITH(absent.read_line(10, kLine), "ended (exit status 127)");
  CHECK_THAT(absent.last_error_line(), Contains("/no/such/program"));
}

TEST_CASE("silence ends in time, and so does the program") {
  double took = 0;
  {
    ChildProcess silent("sleep 60");
    took = seconds_of(
        [&] { CHECK_THROWS_WITH(silent.read_line(0.3, kLine), "gave no answer within 0.3 s"); });
    silent.kill();
  }
  CHECK(took < 5);
}

TEST_CASE("a program that will not leave is ended with all it started") {
  const test::TempDir dir;
  const std::string file = dir.file("pid");
  {
    ChildProcess stays("trap '' TERM; sleep 60 & echo $! > " + file + "; echo up; wait");
    CHECK(stays.read_line(10, kLine) == "up");
  }
  int64_t pid = 0;
  REQUIRE(parse_number(trim(read_file(file)), pid));
  for (int i = 0; i < 100 && alive(static_cast<int>(pid)); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CHECK_FALSE(alive(static_cast<int>(pid)));
}

TEST_CASE("a flood of errors is read away, the last line kept") {
  ChildProcess loud(
      "head -c 20000000 /dev/zero | tr '\\0' 'x' >&2; echo >&2; echo last >&2; echo done; cat");
  CHECK(loud.read_line(60, kLine) == "done");
  for (int i = 0; i < 100 && loud.last_error_line() != "last"; ++i) {
    try {
      loud.read_line(0.01, kLine);
    } catch (const IoError&) {  // nothing more is said
    }
  }
  CHECK((loud.last_error_line() == "last"));  // said short when it fails
}

TEST_CASE("a line without end is given up") {
  ChildProcess endless("tr '\\0' 'x' < /dev/zero");
  CHECK_THROWS_WITH(endless.read_line(30, 1000), "printed a line of more than 1000 bytes");
}

TEST_CASE("Ctrl-C ends a wait") {
  ChildProcess silent("sleep 60");
  set_interrupted(true);
  CHECK_THROWS_AS(silent.read_line(30, kLine), Interrupted);
  set_interrupted(false);
}
