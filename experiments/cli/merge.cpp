#include "experiments/cli/commands.hpp"

#include <memory>

#include "experiments/sweep/merge.hpp"

namespace fanin {

Command make_merge() {
  struct Options {
    std::filesystem::path out;
    std::vector<std::filesystem::path> folders;
  };
  const auto options = std::make_shared<Options>();
  const auto run = [options] {
    merge(options->out, options->folders);
    return 0;
  };
  return {"merge",
          "bring the parts of sweeps that ran apart together in one folder",
          {with({.required = true}, {"out", &options->out, "the folder of all", "OUT"}),
           with({.required = true},
                {"folders", &options->folders, "results folders, or what holds several", "DIR"})},
          "Example:\n"
          "  fanin compare mlp --shard 1/2 --out here\n"
          "  fanin compare mlp --shard 2/2 --out there\n"
          "  fanin merge results here there          here/mlp and there/mlp become results/mlp\n"
          "Parts may come in any order, again, and with runs in common.\n",
          run,
          true};
}

}  // namespace fanin
