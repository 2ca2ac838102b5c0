#pragma once

#include <vector>

#include "experiments/cli/command.hpp"

namespace fanin {

// All commands of the program, in the order in which its help shows them.
std::vector<Subcommand> make_commands(Command& program);

}  // namespace fanin
