#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

Subcommand make_inspect(Command& program);  // `fanin inspect`

}  // namespace fanin
