#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace fanin {

// A process that runs this program unless another is named. It ends with its parent and with this
// object, and has no input.
class Process {
 public:
  // The first argument is the program's name. Throws Error if no process can be started.
  explicit Process(std::vector<std::string> arguments, const char* program = "/proc/self/exe");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Reads what the child printed. Returns its exit code, or 128 + signal, once it has ended.
  std::optional<int> poll();

  void terminate();  // asks it to end

  const std::string& last_line() const { return last_line_; }  // the last that is not empty
  std::vector<std::string> take_warnings();  // what followed "fanin: warning: " since the last call
  int descriptor() const { return pipe_; }   // readable when the child prints or ends

 private:
  void drain();
  void end_line();

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string line_, last_line_;
  std::vector<std::string> warnings_;
  std::optional<int> exit_code_;
};

}  // namespace fanin
