#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_merge(Command& program);  // `fanin merge`

}  // namespace fanin
