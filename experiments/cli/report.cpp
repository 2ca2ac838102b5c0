#include "experiments/cli/command.hpp"

#include <memory>

#include "experiments/sweep/report.hpp"

namespace fanin {

Command make_report() {
  struct Options {
    std::vector<std::filesystem::path> folders;
    std::filesystem::path out;
  };
  const auto options = std::make_shared<Options>();
  const auto run = [options] {
    report(options->folders, options->out);
    return 0;
  };
  return {
      "report",
      "rewrite the tables, figures and pages of results folders",
      {{"folders", &options->folders,
        "results folders, such as results/lenet5, or folders that hold several", "DIR", required},
       {"--out", &options->out,
        "where to write the page of all folders together\n"
        "(report.html next to the first folder)",
        "FILE.html"}},
      "Example:\n  fanin report results/lenet5 results/mlp --out both.html\n",
      run,
      true};
}

}  // namespace fanin
