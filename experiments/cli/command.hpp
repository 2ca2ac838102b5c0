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

// What an option writes its value to, or calls with its text.
using OptionTarget =
    std::variant<std::string*, std::size_t*, std::filesystem::path*, std::vector<std::string>*,
                 std::vector<std::size_t>*, std::vector<std::filesystem::path>*, bool*,
                 std::function<void(const std::string&)>>;

struct OptionRules {
  bool required = false;
  bool commas = false;              // may join values
  bool one_value = false;           // each time it is given
  std::size_t least = 0, most = 0;  // of a number; without them any whole one will do
  std::string excludes = "";        // the name of an option above it
  std::string group = "";           // its heading in the help
};

// An option of a command; a name without dashes is an argument. A bool is a flag, and so is a
// function if the option has no type: it is called with "true".
struct CommandOption {
  std::string name;
  OptionTarget to;
  std::string help;
  std::string type = "";  // what help calls its value
  OptionRules rules = {};
};

CommandOption with(OptionRules rules, CommandOption option);

// What the options write to must live as long as the command.
struct Command {
  std::string name, description;
  std::vector<CommandOption> options;
  std::string footer;
  std::function<int()> run;  // once its options are parsed; returns the exit code
  // What it writes must not be lost to a reader that has gone away.
  bool outlives_reader = false;
};

struct Program {
  std::string name, description, footer;
  std::function<std::string()> version;
  std::vector<Command> commands;
};

// The command that the words name, with its options parsed. Null if they name no command or ask for
// help or the version, which is then on stdout. Throws CommandError for words that do not fit.
const Command* parse(const Program& program, const std::vector<std::string>& words);

// The same for the options of one command. False if the words ask for help.
bool parse(const std::vector<CommandOption>& options, const std::vector<std::string>& words);

}  // namespace fanin
