#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_reproduce(Command& program);  // `fanin reproduce`

}  // namespace fanin
