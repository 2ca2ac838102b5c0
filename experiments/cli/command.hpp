#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/error.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace fanin {

// The words of a command line do not fit its command.
class CommandError : public UsageError {
 public:
  using UsageError::UsageError;
};

// An option or argument of a command, to say more of it.
class CommandOption {
 public:
  explicit CommandOption(CLI::Option* option) : option_(option) {}

  CommandOption& type(const std::string& name);  // what help calls its value
  CommandOption& required();
  CommandOption& between(std::size_t low, std::size_t high);
  CommandOption& whole();      // no sign: a whole number from 0 on
  CommandOption& commas();     // values may be joined by commas
  CommandOption& one_value();  // each time it is given
  CommandOption& excludes(const CommandOption& other);
  CommandOption& group(const std::string& heading);

 private:
  CLI::Option* option_;
};

// A command with its options and its help. An option writes its value through the reference that it
// was given. This class is the one way into CLI11, which takes seconds to compile wherever it is
// included. A name without dashes is an argument.
class Command {
 public:
  explicit Command(const std::string& description = "", const std::string& name = "");
  ~Command();
  Command(Command&&) noexcept;

  Command subcommand(const std::string& name, const std::string& description);
  // T: std::string, std::size_t, std::filesystem::path, or a vector of these.
  template <class T>
  CommandOption option(const std::string& name, T& to, const std::string& help);
  CommandOption option(const std::string& name, std::function<void(const std::string&)> take,
                       const std::string& help);
  CommandOption flag(const std::string& name, bool& to, const std::string& help);
  CommandOption flag(const std::string& name, std::function<void()> take, const std::string& help);
  void version_flag(std::function<std::string()> text);
  void footer(const std::string& text);

  // Throws CommandError on words that it cannot take. False if they asked for help or the version,
  // which is then on stdout.
  bool parse(const std::vector<std::string>& words);
  bool parsed() const;  // of a subcommand: whether it was the one
  std::string help() const;

 private:
  explicit Command(CLI::App& app);
  std::unique_ptr<CLI::App> own_;
  CLI::App* app_;
};

// A command of the program with what it does once its options are parsed. It returns the exit code.
struct Subcommand {
  Command command;
  std::function<int()> run;
  // What it writes must not be lost to a reader that has gone away.
  bool outlives_reader = false;
};

}  // namespace fanin
