#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>

namespace fanin {

enum class Outcome { returned, threw, crashed };

// Runs f in a separate process and returns how it ended, so that an overrun of the stack or the
// heap does not end the other tests.
template <class F>
Outcome outcome(F f) {
  const pid_t child = fork();
  if (child == 0) {
    for (int signal : {SIGSEGV, SIGABRT, SIGFPE}) std::signal(signal, SIG_DFL);  // not Catch2's
    alarm(60);
    try {
      f();
    } catch (const std::exception&) {
      _exit(11);
    }
    _exit(10);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
    return Outcome::crashed;
  if (WEXITSTATUS(status) == 10) return Outcome::returned;
  return WEXITSTATUS(status) == 11 ? Outcome::threw : Outcome::crashed;
}

}  // namespace fanin
