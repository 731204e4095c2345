#include "core/log.h"

#include <thread>

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

/// Collects what is logged while it lives.
struct Collector {
  Collector() {
    set_log_sink([this](LogLevel, const std::string& line) { lines.push_back(line); });
  }
  ~Collector() {
    set_log_sink({});
    set_log_level(LogLevel::info);
  }
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("log levels have names") {
  CHECK(parse_log_level("debug") == LogLevel::debug);
  CHECK(parse_log_level("info") == LogLevel::info);
  CHECK(parse_log_level("warning") == LogLevel::warning);
  CHECK(parse_log_level("error") == LogLevel::error);
  CHECK(test::error_text<ConfigError>([] { parse_log_level("loud"); }) ==
        "log level: must be one of debug, info, warning, error, got 'loud'");
}

TEST_CASE("lines below the level are dropped") {
  Collector log;
  log_debug("a");
  log_info("b ", 1);
  set_log_level(LogLevel::warning);
  log_info("c");
  log_warning("d");
  CHECK(log_level() == LogLevel::warning);
  CHECK(log.lines == std::vector<std::string>{"b 1", "d"});
}

TEST_CASE("a sink may log and replace itself") {
  std::vector<std::string> lines;
  set_log_sink([&](LogLevel level, const std::string& line) {
    lines.push_back(line);
    if (level == LogLevel::warning) log_info("from the sink");
    if (level == LogLevel::error) set_log_sink({});
  });
  log_warning("w");
  log_line(LogLevel::error, "e");
  CHECK(lines == std::vector<std::string>{"w", "from the sink", "e"});
}

TEST_CASE("progress off a terminal closes with one line") {
  Collector log;
  {
    Progress progress("train", 100, "images");
    for (int i = 1; i <= 100; ++i) progress.update(i, "loss 0.5");
    CHECK(log.lines.empty());  // a line a minute
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    progress.finish("loss 0.4");
    progress.finish("again");
  }
  REQUIRE(log.lines.size() == 1);
  CHECK_THAT(log.lines[0], Catch::Matchers::Matches(
                               "train: 100 images in [0-9.e-]+ s, [0-9]+ images/s, loss 0\\.4"));
}

TEST_CASE("what was there before a resumed run is left out of the rate") {
  Collector log;
  Progress progress("train", 100, "images");
  progress.start_at(40);
  progress.finish();
  REQUIRE(log.lines.size() == 1);
  CHECK_THAT(log.lines[0], Catch::Matchers::Matches("train: 40 images in [0-9.e-]+ s"));
}

TEST_CASE("progress is silent below level info and when it is not finished") {
  Collector log;
  { Progress progress("search", 0, "archs"); }
  set_log_level(LogLevel::error);
  Progress progress("search", 0, "archs");
  progress.update(5);
  progress.finish();
  CHECK(log.lines.empty());
}
