#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "framework/core/error.hpp"

namespace fanin {

// The words of a command line do not fit its command.
struct CommandError : UsageError {
  using UsageError::UsageError;
};

// An option writes its value here, or calls the function with its text.
using OptionTarget =
    std::variant<std::string*, std::size_t*, std::filesystem::path*, std::vector<std::string>*,
                 std::vector<std::size_t>*, std::vector<std::filesystem::path>*, bool*,
                 std::function<void(const std::string&)>>;

struct OptionRules {
  bool required = false;
  bool commas = false;              // commas may join values
  bool one_value = false;           // it takes one value each time it is given
  std::size_t least = 0, most = 0;  // the bounds of a number, if most is not 0
  std::string excludes = "";        // an option above it that may not be given too
  std::string group = "";           // its heading in the help
};
const OptionRules required = {.required = true};
const OptionRules few = {.least = 1, .most = 4096};

// An option of a command. A name without dashes is an argument. A bool is a flag, and so is a
// function if the option has no type: it is called with "true".
struct CommandOption {
  std::string name;
  OptionTarget to;
  std::string help;
  std::string type = "";  // its value's name in the help
  OptionRules rules = {};
};

// The variables that its options write to must live as long as the command.
struct Command {
  std::string name, description;
  std::vector<CommandOption> options;
  std::string footer;
  std::function<int()> run;      // after its options are parsed; returns the exit code
  bool outlives_reader = false;  // a closed pipe on stdout must not stop it
};

// Parses the options of the command that the words name. Returns null if they name no command, or
// ask for help or the version, and prints that. Throws CommandError for words that do not fit.
const Command* parse(const std::vector<Command>& commands, const std::vector<std::string>& words,
                     const std::function<std::string()>& version);

// The same for the options of one command. Returns false if the words ask for help.
bool parse(const std::vector<CommandOption>& options, const std::vector<std::string>& words);

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
