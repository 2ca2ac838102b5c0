#include "experiments/cli/report.hpp"

#include <memory>

#include "experiments/sweep/report.hpp"

namespace fanin {

Subcommand make_report(Command& program) {
  struct Options {
    std::vector<std::filesystem::path> folders;
    std::filesystem::path out;
  };
  Command command =
      program.subcommand("report", "write the tables, figures and pages of results folders again");
  const auto options = std::make_shared<Options>();
  command
      .option("folders", options->folders,
              "results folders, such as results/lenet5, or what holds several")
      .required()
      .type("DIR");
  command.option("--out", options->out, "the page of several (report.html beside the first)")
      .type("FILE.html");
  command.footer("Example:\n  fanin report results/lenet5 results/mlp --out both.html\n");
  const auto run = [options] {
    report(options->folders, options->out);
    return 0;
  };
  return {std::move(command), run, true};
}

}  // namespace fanin
