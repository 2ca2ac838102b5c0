#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace fanin {

// A child process that dies with its parent and with this object. It reads nothing; what it prints
// is kept to the last 4 KiB.
class Process {
 public:
  // Runs `program` with these arguments (the first is its name) in this environment plus `extra`
  // ("NAME=value"). Throws Error when no process can be started.
  Process(const std::string& program, std::vector<std::string> arguments,
          std::vector<std::string> extra);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Takes in what the child printed; once it has ended, its exit code, or 128 + signal.
  std::optional<int> poll();

  void terminate();  // asks it to end

  const std::string& output() const { return output_; }
  std::vector<std::string> take_warnings();  // the lines "fanin: warning: ..." since the last call
  int descriptor() const { return pipe_; }   // readable when poll() has something to do; or -1

 private:
  void drain();
  void note(char c);

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_, line_;
  std::vector<std::string> warnings_;
  std::optional<int> exit_code_;
};

// The program that runs now, even if its file was replaced meanwhile.
inline constexpr const char* this_program = "/proc/self/exe";

}  // namespace fanin
