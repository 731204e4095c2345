#include "core/interrupt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "tests/support/error_text.h"

#include "tests/support/catch.h"

using namespace tailor;

namespace {

/// Runs `body` in a child process and returns its wait status.
template <class Body>
int status_of_child(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    catch_interrupts();
    body();
    _exit(interrupted() ? 5 : 6);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("the flag makes throw_if_interrupted throw") {
  set_interrupted(false);
  CHECK_NOTHROW(throw_if_interrupted());
  set_interrupted(true);
  CHECK(interrupted());
  CHECK(test::error_text<Interrupted>([] { throw_if_interrupted(); }) ==
        "interrupted; the same command goes on from here");
  set_interrupted(false);
  CHECK_FALSE(interrupted());
}

TEST_CASE("the first SIGINT sets the flag") {
  const int status = status_of_child([] { raise(SIGINT); });
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 5));
}

TEST_CASE("the first SIGTERM sets the flag") {
  const int status = status_of_child([] { raise(SIGTERM); });
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 5));
}

TEST_CASE("a second signal ends the process at once") {
  const int status = status_of_child([] {
    raise(SIGINT);
    raise(SIGTERM);
  });
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 130));
}
