#pragma once

#include "experiments/cli/command.hpp"

namespace fanin {

// The commands of the program: make_NAME() is in NAME.cpp, and main.cpp lists them.
Command make_compare();
Command make_data();
Command make_export();
Command make_inspect();
Command make_list();
Command make_merge();
Command make_report();
Command make_reproduce();
Command make_sample();
Command make_status();
Command make_train();

}  // namespace fanin
