#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "experiments/cli/command.hpp"
#include "experiments/record/manifest.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/linalg.hpp"
#include "framework/core/say.hpp"

namespace {

using namespace fanin;

int complain(std::string message, int exit_code) {
  std::ranges::replace(message, '\n', ' ');
  say("fanin: {}\n", message);
  return exit_code;
}

int run(const std::vector<std::string>& words) {
  kernels();  // a wrong FANIN_SIMD is no model's fault
  check_blas_kernels();
  const Program program = {
      "fanin",
      "What does the initialisation of a network do to its training?",
      "Type this first:\n"
      "  fanin compare             train LeNet-5 and deep MLPs under every init and show a table\n"
      "  fanin train lenet5 --init kaiming_normal --seed 0\n"
      "  fanin COMMAND --help      the options of a command, with an example\n",
      version_line,
      {make_compare(), make_reproduce(), make_report(), make_status(), make_merge(), make_train(),
       make_inspect(), make_sample(), make_export(), make_list(), make_data()}};
  const Command* chosen = parse(program, words);
  if (!chosen) return 0;
  if (chosen->outlives_reader) std::signal(SIGPIPE, SIG_IGN);
  return chosen->run();
}

int guarded_run(const std::vector<std::string>& words) {
  try {
    const int code = run(words);
    errno = 0;
    if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
    const std::string why = errno != 0 ? fmt::format(": {}", std::strerror(errno)) : "";
    return complain("cannot write to stdout" + why, 1);
  } catch (const CommandError& error) {
    return complain(fmt::format("{} (see --help)", error.what()), 2);
  } catch (const std::exception& error) {
    return complain(message_of(error), dynamic_cast<const UsageError*>(&error) ? 2 : 1);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // past a limit of file sizes, an error names the file
  const int code = guarded_run({argv + 1, argv + argc});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which report at the exit
  // If memory is short, a thread of OpenBLAS waits for it for ever, and its exit for the thread.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}
