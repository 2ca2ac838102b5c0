#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_train(Command& program);  // `fanin train`

}  // namespace fanin
