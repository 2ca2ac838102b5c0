#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_report(Command& program);  // `fanin report`

}  // namespace fanin
