#include "experiments/sweep/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "framework/core/error.hpp"

namespace fanin {
namespace {

constexpr std::size_t kept_output = 4096;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

// This process's environment with the `extra` entries in place of those of the same name.
std::vector<std::string> environment(std::vector<std::string> extra) {
  std::vector<std::string> result = std::move(extra);
  const std::size_t own = result.size();
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('=') + 1);
    const auto same = [&name](const std::string& other) { return other.starts_with(name); };
    if (std::none_of(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(own), same))
      result.push_back(text);
  }
  return result;
}

// Between fork and exec: only calls that are safe there, nothing that allocates.
[[noreturn]] void become(const char* program, char** arguments, char** environment, pid_t parent,
                         int null, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // it died before the line above took hold
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  execve(program, arguments, environment);
  constexpr char message[] = "the program cannot be started\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
  _exit(127);
}

}  // namespace

Process::Process(const std::string& program, std::vector<std::string> arguments,
                 std::vector<std::string> extra) {
  std::vector<std::string> variables = environment(std::move(extra));
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> variable_pointers = pointers(variables);
  std::array<int, 2> ends{-1, -1};
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t parent = getpid();
  // fork would have OpenBLAS stop its threads, and where memory is short they never do.
  const pid_t child = null >= 0 && pipe2(ends.data(), O_CLOEXEC) == 0 ? vfork() : -1;
  const int error = errno;
  if (child == 0)
    become(program.c_str(), const_cast<char**>(argument_pointers.data()),
           const_cast<char**>(variable_pointers.data()), parent, null, ends[1]);
  pid_ = child;
  if (null >= 0) close(null);
  if (ends[1] >= 0) close(ends[1]);
  if (pid_ < 0) {
    if (ends[0] >= 0) close(ends[0]);
    throw IoError(fmt::format("cannot start a process: {}", std::strerror(error)), error);
  }
  pipe_ = ends[0];
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

// Warnings are passed on while the child runs; of the rest the end is enough.
void Process::note(char c) {
  if (c != '\n') {
    if (line_.size() < kept_output) line_ += c;
    return;
  }
  constexpr std::string_view mark = "fanin: warning: ";
  if (line_.starts_with(mark)) warnings_.push_back(line_.substr(mark.size()));
  line_.clear();
}

void Process::drain() {
  std::array<char, 4096> buffer;
  ssize_t n = -1;
  while (pipe_ >= 0 && (n = read(pipe_, buffer.data(), buffer.size())) > 0) {
    const std::string_view text(buffer.data(), static_cast<std::size_t>(n));
    for (const char c : text) note(c);
    output_.append(text);
    if (output_.size() > kept_output) output_.erase(0, output_.size() - kept_output);
  }
  if (n == 0) {  // the child has closed its end
    close(pipe_);
    pipe_ = -1;
  }
}

std::optional<int> Process::poll() {
  drain();
  int status = 0;
  if (pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    drain();
  }
  return exit_code_;
}

}  // namespace fanin
