#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_data(Command& program);  // `fanin data`

}  // namespace fanin
