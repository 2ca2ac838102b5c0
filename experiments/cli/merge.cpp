#include "experiments/cli/command.hpp"

#include <memory>

#include "experiments/sweep/report.hpp"

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
          "combine separately run parts of a sweep into one folder",
          {{"out", &options->out, "folder for the combined results", "OUT", required},
           {"folders", &options->folders, "results folders, or folders that hold several", "DIR",
            required}},
          "Example:\n"
          "  fanin compare mlp --shard 1/2 --out here\n"
          "  fanin compare mlp --shard 2/2 --out there\n"
          "  fanin merge results here there          here/mlp and there/mlp become results/mlp\n"
          "Parts may come in any order. They may share runs, and you may merge a part again.\n",
          run,
          true};
}

}  // namespace fanin
