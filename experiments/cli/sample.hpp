#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_sample(Command& program);  // `fanin sample`

}  // namespace fanin
