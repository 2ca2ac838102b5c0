#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "experiments/cli/command.hpp"
#include "experiments/record/folder.hpp"
#include "framework/core/blas_kernels.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/text.hpp"

namespace {

using namespace fanin;

int complain(std::string message, int exit_code) {
  std::ranges::replace(message, '\n', ' ');
  say("fanin: {}\n", message);
  return exit_code;
}

// The answer to --version.
std::string version() { return version_line() + "\nreference: PyTorch 2.13"; }

int run(const std::vector<std::string>& words) {
  try {
    kernels();  // reports a wrong FANIN_SIMD before anything else does
    check_blas_kernels();
    const std::vector<Command> commands = {
        make_compare(), make_reproduce(), make_report(), make_status(), make_merge(), make_train(),
        make_inspect(), make_sample(),    make_export(), make_list(),   make_data()};
    const Command* chosen = parse(commands, words, version);
    if (chosen && chosen->outlives_reader) std::signal(SIGPIPE, SIG_IGN);
    const int code = chosen ? chosen->run() : 0;
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
  std::signal(SIGXFSZ, SIG_IGN);  // so that a file that is too large is an error with its name
  const int code = run({argv + 1, argv + argc});
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // sanitizers report at exit
  // If memory is short, a thread of OpenBLAS may wait for ever, and a normal exit waits for it.
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}
