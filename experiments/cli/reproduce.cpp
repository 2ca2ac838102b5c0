#include "experiments/cli/reproduce.hpp"

#include <memory>

#include "experiments/reproduce/reproduce.hpp"

namespace fanin {

Subcommand make_reproduce(Command& program) {
  Command command = program.subcommand(
      "reproduce", "hold published results about initialisation against our own runs");
  const auto options = std::make_shared<ReproduceOptions>();
  command.option("id", options->ids, "results, as `fanin list claims` names them").type("ID");
  command.flag("--all", options->all,
               "the longest ones too, which else are judged where they ran before; without ID");
  command.option("--out", options->sweep.out, "folder of the results (results)").type("DIR");
  command.option("--jobs", options->sweep.jobs, "runs side by side (one per core)")
      .between(1, 4096)
      .type("N");
  command.flag("--fresh", options->sweep.fresh, "remove finished runs first");
  command.footer(
      "Examples:\n"
      "  fanin reproduce             all but the longest, within an hour on two cores\n"
      "  fanin reproduce glorot-spreads he-depth\n"
      "It goes on where it was stopped, and leaves each experiment's results in DIR/reproduce, "
      "there\n"
      "too table.csv and table.md unless only some results were asked for.\n");
  return {std::move(command), [options] { return reproduce(*options); }, true};
}

}  // namespace fanin
