#include "experiments/sweep/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

// Runs between fork and exec, where nothing may allocate.
[[noreturn]] void become(const char* program, char** arguments, pid_t parent, int null,
                         int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // the parent died before prctl()
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execv(program, arguments);  // /proc/self/exe works even if the file was replaced
  constexpr char message[] = "the program cannot be started\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
  _exit(127);
}

}  // namespace

Process::Process(std::vector<std::string> arguments, const char* program) {
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  std::array<int, 2> ends{-1, -1};
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  // fork() would make OpenBLAS wait for its threads to end, which hangs if memory is short.
  const pid_t child = null >= 0 && pipe2(ends.data(), O_CLOEXEC) == 0 ? vfork() : -1;
  const int error = errno;
  if (child == 0) become(program, words.data(), parent, null, ends[1]);
  pid_ = child;
  pipe_ = ends[0];
  if (null >= 0) close(null);
  if (ends[1] >= 0) close(ends[1]);
  if (pid_ < 0) {
    if (pipe_ >= 0) close(pipe_);
    throw IoError(fmt::format("cannot start a process: {}", std::strerror(error)), error);
  }
  fcntl(pipe_, F_SETFL, O_NONBLOCK);
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  if (pipe_ >= 0) close(pipe_);
}

void Process::terminate() {
  if (pid_ > 0) kill(pid_, SIGTERM);
}

std::vector<std::string> Process::take_warnings() { return std::exchange(warnings_, {}); }

// Keeps warnings, which are shown while the child runs, and otherwise the last line.
void Process::end_line() {
  constexpr std::string_view mark = "fanin: warning: ";
  if (line_.starts_with(mark)) warnings_.push_back(line_.substr(mark.size()));
  line_.erase(line_.find_last_not_of(" \r") + 1);
  const bool traced =
      last_line_.find("Error: ") != std::string::npos;  // Node prints its stack after that
  if (!line_.empty() && !traced) last_line_ = line_;
  line_.clear();
}

void Process::drain() {
  constexpr std::size_t longest_line = 4096;
  std::array<char, 4096> buffer;
  ssize_t n = -1;
  while (pipe_ >= 0 && (n = read(pipe_, buffer.data(), buffer.size())) > 0)
    for (const char c : std::string_view(buffer.data(), static_cast<std::size_t>(n)))
      if (c == '\n')
        end_line();
      else if (line_.size() < longest_line)
        line_ += c;
  if (n == 0) close(std::exchange(pipe_, -1));
}

std::optional<int> Process::poll() {
  drain();
  int status = 0;
  // A child that has closed its pipe ends at once.
  if (pid_ > 0 && waitpid(pid_, &status, pipe_ < 0 ? 0 : WNOHANG) == pid_) {
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    drain();
    end_line();
  }
  return exit_code_;
}

}  // namespace fanin
