#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_status(Command& program);  // `fanin status`

}  // namespace fanin
