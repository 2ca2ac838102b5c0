#include "experiments/cli/merge.hpp"

#include <memory>

#include "experiments/sweep/merge.hpp"

namespace fanin {

Subcommand make_merge(Command& program) {
  struct Options {
    std::filesystem::path out;
    std::vector<std::filesystem::path> folders;
  };
  Command command = program.subcommand(
      "merge", "bring the parts of sweeps that ran apart together in one folder");
  const auto options = std::make_shared<Options>();
  command.option("out", options->out, "the folder of all").required().type("OUT");
  command.option("folders", options->folders, "results folders, or what holds several")
      .required()
      .type("DIR");
  command.footer(
      "Example:\n"
      "  fanin compare mlp --shard 1/2 --out here\n"
      "  fanin compare mlp --shard 2/2 --out there\n"
      "  fanin merge results here there          here/mlp and there/mlp become results/mlp\n"
      "Parts may come in any order, again, and with runs in common.\n");
  const auto run = [options] {
    merge(options->out, options->folders);
    return 0;
  };
  return {std::move(command), run, true};
}

}  // namespace fanin
