// The log sink, the only shared state of the library, and the progress line drawn above it.
#include "core/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "core/error.h"

namespace tailor {

namespace {

using std::chrono::steady_clock;

struct Output {
  std::mutex mutex;
  LogSink sink;
  std::string progress;  // what the terminal's last line shows now
  std::atomic<LogLevel> level{LogLevel::info};
};

Output& output() {
  static Output instance;
  return instance;
}

bool is_terminal() {
  static const bool value = [] {
    const char* term = std::getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && term && std::string_view(term) != "dumb";
  }();
  return value;
}

/// True when progress may rewrite one line: a terminal, and nobody took the sink.
bool rewrites() {
  if (!is_terminal()) return false;
  std::lock_guard lock(output().mutex);
  return !output().sink;
}

void show_progress(const std::string& line) {
  std::lock_guard lock(output().mutex);
  output().progress = line;
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

double seconds_between(steady_clock::time_point from, steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// Three significant digits: "0.0123", "710", "1.52".
std::string short_number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, value >= 100 ? "%.0f" : "%.3g", value);
  return buffer;
}

/// "8s", "2m05s", "3h20m".
std::string short_time(double seconds) {
  char buffer[48];
  const long long whole = std::llround(std::min(seconds, 1e12));
  if (whole < 60) {
    std::snprintf(buffer, sizeof buffer, "%llds", whole);
  } else if (whole < 3600) {
    std::snprintf(buffer, sizeof buffer, "%lldm%02llds", whole / 60, whole % 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%lldh%02lldm", whole / 3600, whole / 60 % 60);
  }
  return buffer;
}

std::string_view prefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug: ";
    case LogLevel::info:
      return "";
    case LogLevel::warning:
      return "warning: ";
    case LogLevel::error:
      return "error: ";
  }
  return "";
}

}  // namespace

LogLevel parse_log_level(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "warning") return LogLevel::warning;
  if (name == "error") return LogLevel::error;
  throw ConfigError(str("log level: must be one of debug, info, warning, error, got '", name, "'"));
}

void set_log_level(LogLevel level) { output().level = level; }

LogLevel log_level() { return output().level; }

void set_log_sink(LogSink sink) {
  std::lock_guard lock(output().mutex);
  output().sink = std::move(sink);
}

void log_line(LogLevel level, const std::string& line) {
  Output& out = output();
  if (level < out.level) return;
  LogSink sink;
  {
    std::lock_guard lock(out.mutex);
    sink = out.sink;
    if (!sink) {
      const bool erase = !out.progress.empty();
      std::fprintf(stderr, "%s%s%s\n%s", erase ? "\r\033[K" : "",
                   std::string(prefix(level)).c_str(), line.c_str(), out.progress.c_str());
      std::fflush(stderr);
    }
  }
  if (sink) sink(level, line);  // outside the lock: a sink may log
}

Progress::Progress(std::string stage, int64_t total, std::string unit)
    : stage_(std::move(stage)),
      unit_(std::move(unit)),
      total_(total),
      began_(steady_clock::now()),
      shown_(began_) {}

Progress::~Progress() {
  if (!finished_ && rewrites()) show_progress("");
}

void Progress::start_at(int64_t done) { start_ = done_ = done; }

void Progress::update(int64_t done, const std::string& note) {
  done_ = done;
  if (log_level() > LogLevel::info) return;
  const auto now = steady_clock::now();
  const bool rewrite = rewrites();
  if (seconds_between(shown_, now) < (rewrite ? 0.1 : 60.0)) return;
  shown_ = now;
  if (rewrite) {
    show_progress(line(done, note, false));
  } else {
    log_line(LogLevel::info, line(done, note, false));
  }
}

void Progress::finish(const std::string& note) {
  if (finished_) return;
  finished_ = true;
  if (rewrites()) show_progress("");
  log_line(LogLevel::info, line(done_, note, true));
}

std::string Progress::line(int64_t done, const std::string& note, bool last) const {
  const double seconds = seconds_between(began_, steady_clock::now());
  const double rate = seconds > 0 ? static_cast<double>(done - start_) / seconds : 0;
  std::string out = str(stage_, ": ", done);
  if (!last && total_ > 0) out += str("/", total_);
  out += " " + unit_;
  if (last) out += str(" in ", short_number(seconds), " s");
  if (rate > 0) out += str(", ", short_number(rate), " ", unit_, "/s");
  if (!last && total_ > done && rate > 0) {
    out += str(", ETA ", short_time(static_cast<double>(total_ - done) / rate));
  }
  return note.empty() ? out : out + ", " + note;
}

}  // namespace tailor
