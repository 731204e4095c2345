// Log and progress. Both go to one settable sink (stderr by default); results never go here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/str.h"

namespace tailor {

enum class LogLevel { debug, info, warning, error };

/// "debug", "info", "warning", "error"; throws ConfigError otherwise.
LogLevel parse_log_level(std::string_view name);
void set_log_level(LogLevel level);
LogLevel log_level();

/// Replaces the sink (tests, a user's program). The line has no newline at its end. An empty
/// function restores stderr.
using LogSink = std::function<void(LogLevel, const std::string& line)>;
void set_log_sink(LogSink sink);

/// Thread-safe. One line; on a terminal it goes above the progress line.
void log_line(LogLevel level, const std::string& line);

template <class... Parts>
void log_info(const Parts&... parts) {
  log_line(LogLevel::info, str(parts...));
}
template <class... Parts>
void log_warning(const Parts&... parts) {
  log_line(LogLevel::warning, str(parts...));
}
template <class... Parts>
void log_debug(const Parts&... parts) {
  log_line(LogLevel::debug, str(parts...));
}

/// Progress of one activity: on a terminal one rewritten line with rate and ETA (at most ten times
/// a second), elsewhere a line a minute and one at the end. Nothing below level info.
/// Not thread-safe: one thread reports.
class Progress {
 public:
  /// total 0: unknown, no ETA. unit: what is counted, e.g. "images".
  Progress(std::string stage, int64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// done: units finished so far; note: short text behind the figures ("loss 0.61").
  void update(int64_t done, const std::string& note = "");
  /// Prints the closing line once: units, seconds, rate.
  void finish(const std::string& note = "");
  /// Units that were already there when this run began (a resumed one); left out of the rate.
  void start_at(int64_t done);

 private:
  std::string line(int64_t done, const std::string& note, bool last) const;
  std::string stage_, unit_;
  int64_t total_, start_ = 0, done_ = 0;
  std::chrono::steady_clock::time_point began_, shown_;
  bool finished_ = false;
};

}  // namespace tailor
