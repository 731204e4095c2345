// Pipes to a child process, read and written together so that neither side waits for the other.
#include "core/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/interrupt.h"

namespace tailor {
namespace {

constexpr size_t kErrorTail = 4096;
constexpr double kGraceSeconds = 2;  // for a program whose input was closed
constexpr int kPollMs = 200;         // how soon Ctrl-C is noticed

void close_once(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

/// Both ends of a pipe that does not leak into other children; closed unless taken.
struct Pipe {
  int read = -1, write = -1;

  explicit Pipe(bool socket) {
    std::array<int, 2> ends{};
    const int rc = socket ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data())
                          : ::pipe2(ends.data(), O_CLOEXEC);
    if (rc != 0) throw IoError(str("cannot make a pipe: ", std::strerror(errno)));
    read = ends[0];
    write = ends[1];
  }
  ~Pipe() {
    close_once(read);
    close_once(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static int take(int& end) { return std::exchange(end, -1); }
};

/// What posix_spawn is told, freed at the end.
struct SpawnPlan {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnPlan(int input, int output, int errors) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
  }
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

int spawn_shell(const std::string& command, const SpawnPlan& plan) {
  std::string shell = "sh", flag = "-c", text = command;
  std::array<char*, 4> words = {shell.data(), flag.data(), text.data(), nullptr};
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, "/bin/sh", &plan.files, &plan.attributes, words.data(), environ);
  if (error != 0) throw IoError(str("cannot start '", command, "': ", std::strerror(error)));
  return pid;
}

void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

std::string status_text(int status) {
  if (WIFSIGNALED(status)) return str("signal ", WTERMSIG(status));
  return str("exit status ", WEXITSTATUS(status));
}

}  // namespace

ChildProcess::ChildProcess(const std::string& command) {
  // The input is a socket: writing to a program that has ended is an error there, not a signal.
  Pipe input(true), output(false), errors(false);
  pid_ = spawn_shell(command, SpawnPlan(input.read, output.write, errors.write));
  input_ = Pipe::take(input.write);
  output_ = Pipe::take(output.read);
  errors_ = Pipe::take(errors.read);
  for (const int fd : {input_, output_, errors_}) set_nonblocking(fd);
}

ChildProcess::~ChildProcess() {
  close_once(input_);
  // Nobody reads any more; a program that prints would wait for us for ever.
  close_once(output_);
  close_once(errors_);
  if (pid_ > 0 && !wait_for_exit(kGraceSeconds)) kill();
}

bool ChildProcess::wait_for_exit(double seconds) {
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  while (pid_ > 0) {
    if (::waitpid(pid_, &status_, WNOHANG) == pid_) {
      ::kill(-pid_, SIGKILL);  // what it started and left behind
      pid_ = -1;
    } else if (Clock::now() >= deadline) {
      return false;
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  return true;
}

void ChildProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
  pid_ = -1;
}

void ChildProcess::fail_ended() {
  const bool gone = wait_for_exit(1);
  const std::string how = gone ? str("ended (", status_text(status_), ")") : "closed its output";
  if (!lines_.empty()) throw IoError(how + " in the middle of a line");
  throw IoError(how);
}

void ChildProcess::read_output() {
  std::array<char, 1 << 16> block;
  const ssize_t got = ::read(output_, block.data(), block.size());
  if (got > 0) lines_.append(block.data(), static_cast<size_t>(got));
  if (got == 0) close_once(output_);
}

void ChildProcess::read_errors() {
  std::array<char, 1 << 16> block;
  const ssize_t got = ::read(errors_, block.data(), block.size());
  if (got == 0) close_once(errors_);
  if (got <= 0) return;
  error_tail_.append(block.data(), static_cast<size_t>(got));
  if (error_tail_.size() > kErrorTail) error_tail_.erase(0, error_tail_.size() - kErrorTail);
}

void ChildProcess::write_pending() {
  const ssize_t sent = ::send(input_, pending_.data(), pending_.size(), MSG_NOSIGNAL);
  if (sent > 0) pending_.remove_prefix(static_cast<size_t>(sent));
  if (sent < 0 && errno != EAGAIN && errno != EINTR) fail_ended();
}

void ChildProcess::pump(Clock::time_point deadline, double timeout_s) {
  throw_if_interrupted();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0) throw IoError(str("gave no answer within ", timeout_s, " s"));
  const bool room = lines_.size() <= most_output_;
  std::array<pollfd, 3> fds = {pollfd{pending_.empty() ? -1 : input_, POLLOUT, 0},
                               pollfd{room ? output_ : -1, POLLIN, 0}, pollfd{errors_, POLLIN, 0}};
  const auto wait = static_cast<int>(std::min<int64_t>(left.count() + 1, kPollMs));
  if (::poll(fds.data(), fds.size(), wait) <= 0) return;
  if (fds[1].revents != 0) read_output();
  if (fds[2].revents != 0) read_errors();
  if (fds[0].revents != 0) write_pending();
}

void ChildProcess::write(std::string_view text, double timeout_s) {
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(timeout_s));
  if (input_ < 0 || pid_ <= 0) fail_ended();
  pending_ = text;
  try {
    while (!pending_.empty()) pump(deadline, timeout_s);
  } catch (...) {
    pending_ = {};
    throw;
  }
}

std::string ChildProcess::read_line(double timeout_s, size_t max_bytes) {
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                           std::chrono::duration<double>(timeout_s));
  most_output_ = max_bytes;
  while (true) {
    const size_t end = lines_.find('\n', searched_);
    if (end != std::string::npos && end <= max_bytes) {
      std::string line = lines_.substr(0, end);
      lines_.erase(0, end + 1);
      searched_ = 0;
      return line;
    }
    searched_ = lines_.size();
    if (lines_.size() > max_bytes) {
      throw IoError(str("printed a line of more than ", max_bytes, " bytes"));
    }
    if (output_ < 0) fail_ended();
    pump(deadline, timeout_s);
  }
}

std::string ChildProcess::last_error_line() const {
  std::string_view text = trim(error_tail_);
  const size_t last = text.rfind('\n');
  return std::string(last == std::string_view::npos ? text : text.substr(last + 1));
}

}  // namespace tailor
