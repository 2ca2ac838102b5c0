#include "experiments/cli/command.hpp"

#include <memory>

#include "experiments/reproduce/reproduce.hpp"

namespace fanin {

Command make_reproduce() {
  const auto options = std::make_shared<ReproduceOptions>();
  return {
      "reproduce",
      "repeat published results about initialisation, and compare the numbers",
      {{"id", &options->ids,
        "published results to repeat; `fanin list claims` shows them\n"
        "(all except the slowest)",
        "ID"},
       {"--all", &options->all,
        "repeat all results, even the slowest; without --all and ID, a slow result\n"
        "is included only if earlier commands finished its runs. Give --all or ID, not both"},
       {"--out", &options->sweep.out, "folder for the results (results)", "DIR"},
       {"--jobs", &options->sweep.jobs, "how many runs to train at once (one per core)", "N", few},
       {"--fresh", &options->sweep.fresh, "remove finished runs first, and train them again"}},
      "Examples:\n"
      "  fanin reproduce             all except the slowest; takes about an hour on two cores\n"
      "  fanin reproduce glorot-spreads he-depth\n"
      "If it is stopped, the same command continues. Each experiment's results are in "
      "DIR/reproduce.\n"
      "Without ID it also writes table.csv and table.md there.\n",
      [options] { return reproduce(*options); },
      true};
}

}  // namespace fanin
