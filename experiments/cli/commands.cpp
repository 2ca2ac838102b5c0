#include "experiments/cli/commands.hpp"

#include "experiments/cli/compare.hpp"
#include "experiments/cli/data.hpp"
#include "experiments/cli/export.hpp"
#include "experiments/cli/inspect.hpp"
#include "experiments/cli/list.hpp"
#include "experiments/cli/merge.hpp"
#include "experiments/cli/report.hpp"
#include "experiments/cli/reproduce.hpp"
#include "experiments/cli/sample.hpp"
#include "experiments/cli/status.hpp"
#include "experiments/cli/train.hpp"

namespace fanin {

std::vector<Subcommand> make_commands(Command& program) {
  std::vector<Subcommand> commands;
  for (const auto make : {make_compare, make_reproduce, make_report, make_status, make_merge,
                          make_train, make_inspect, make_sample, make_export, make_list, make_data})
    commands.push_back(make(program));
  return commands;
}

}  // namespace fanin
