#include "experiments/cli/commands.hpp"

#include <memory>

#include "experiments/reproduce/reproduce.hpp"

namespace fanin {

Command make_reproduce() {
  const auto options = std::make_shared<ReproduceOptions>();
  return {"reproduce",
          "hold published results about initialisation against our own runs",
          {{"id", &options->ids, "results, as `fanin list claims` names them", "ID"},
           {"--all", &options->all,
            "the longest ones too, which else are judged where they ran before; without ID"},
           {"--out", &options->sweep.out, "folder of the results (results)", "DIR"},
           with({.least = 1, .most = 4096},
                {"--jobs", &options->sweep.jobs, "runs side by side (one per core)", "N"}),
           {"--fresh", &options->sweep.fresh, "remove finished runs first"}},
          "Examples:\n"
          "  fanin reproduce             all but the longest, within an hour on two cores\n"
          "  fanin reproduce glorot-spreads he-depth\n"
          "It goes on where it was stopped, and leaves each experiment's results in DIR/reproduce, "
          "there\n"
          "too table.csv and table.md unless only some results were asked for.\n",
          [options] { return reproduce(*options); },
          true};
}

}  // namespace fanin
