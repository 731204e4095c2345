// The flag behind Ctrl-C. The handler does nothing but what POSIX allows in a signal handler.
#include "core/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/error.h"

namespace tailor {

namespace {

std::atomic<bool> asked_to_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  if (asked_to_stop.exchange(true)) _exit(130);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;  // a file being written is not to fail half way
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) {
    if (sigaction(number, &action, nullptr) != 0) throw Error("cannot install a signal handler");
  }
}

bool interrupted() { return asked_to_stop.load(std::memory_order_relaxed); }

void throw_if_interrupted() {
  if (interrupted()) throw Interrupted("interrupted; the same command goes on from here");
}

void set_interrupted(bool value) { asked_to_stop = value; }

}  // namespace tailor
