#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_list(Command& program);  // `fanin list`

}  // namespace fanin
