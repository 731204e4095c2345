// A program that we talk to in lines: its input, its output, and the last words of its errors.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tailor {

/// Started by /bin/sh, in a process group of its own, so that Ctrl-C reaches us alone and all that
/// it started can be ended together. Not thread-safe.
class ChildProcess {
 public:
  /// Throws IoError when there is no more process or file descriptor to be had.
  explicit ChildProcess(const std::string& command);
  /// Closes the program's input, waits a little for it to leave, then ends it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Hands all of `text` over; what the program prints meanwhile is kept for read_line.
  /// Throws IoError when it has ended or takes longer, Interrupted.
  void write(std::string_view text, double timeout_s);
  /// The next line of its output, without the line's end.
  /// Throws IoError when it has ended, said nothing for `timeout_s`, or when the line is longer
  /// than `max_bytes`; Interrupted.
  std::string read_line(double timeout_s, size_t max_bytes);
  /// The last line that it wrote to its error output, of the last few kilobytes; "" for none.
  std::string last_error_line() const;
  /// Ends it and all it started, at once.
  void kill();

 private:
  using Clock = std::chrono::steady_clock;
  void pump(Clock::time_point deadline, double timeout_s);
  void read_output();
  void read_errors();
  void write_pending();
  bool wait_for_exit(double seconds);
  [[noreturn]] void fail_ended();

  int pid_ = -1;  ///< -1: ended and collected
  int input_ = -1, output_ = -1, errors_ = -1;
  int status_ = 0;
  size_t most_output_ = size_t{1} << 20;  ///< held before the program must wait
  std::string_view pending_;              ///< still to be written
  std::string lines_, error_tail_;
  size_t searched_ = 0;  ///< bytes of lines_ known to hold no line's end
};

}  // namespace tailor
