#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "init/did_you_mean.hpp"

namespace fanin {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;
using Counts = std::vector<std::size_t>;
using Paths = std::vector<fs::path>;

// CLI11 2.1 takes "-1" for a large unsigned number.
std::string only_digits(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos
             ? ""
             : fmt::format("must be a whole number from 0 on, not \"{}\"", text);
}

// CLI11 tells what is left over from the last to the first.
std::string unknown_words(const CLI::App& app) {
  const std::vector<std::string> words = app.remaining(true);
  const auto option =
      std::ranges::find_if(words, [](const std::string& word) { return word.starts_with("--"); });
  std::vector<std::string> known;
  if (app.get_subcommands().empty() && !words.empty() && !app.get_subcommands({}).empty()) {
    for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
    return fmt::format("no command \"{}\"{}", words.front(), did_you_mean(words.front(), known));
  }
  if (option == words.end())
    return fmt::format("what is \"{}\"?", words.empty() ? "" : words.front());
  std::string word = option->substr(2, option->find('=') - 2);
  std::ranges::replace(word, '-', '_');
  for (const CLI::App* command : app.get_subcommands())
    for (const CLI::Option* one : command->get_options())
      for (std::string name : one->get_lnames()) {
        std::ranges::replace(name, '-', '_');
        known.push_back(name);
      }
  std::string near = did_you_mean(word, known);
  std::ranges::replace(near, '_', '-');
  if (const auto quote = near.find('"'); quote != std::string::npos) near.insert(quote + 1, "--");
  return fmt::format("no option {}{}", *option, near);
}

}  // namespace

CommandOption& CommandOption::type(const std::string& name) {
  option_->type_name(name);
  return *this;
}

CommandOption& CommandOption::required() {
  option_->required();
  return *this;
}

CommandOption& CommandOption::between(std::size_t low, std::size_t high) {
  option_->check(CLI::Range(low, high).description(""));
  return *this;
}

CommandOption& CommandOption::whole() {
  option_->check(only_digits);
  return *this;
}

CommandOption& CommandOption::commas() {
  option_->delimiter(',');
  return *this;
}

CommandOption& CommandOption::one_value() {
  option_->allow_extra_args(false);
  return *this;
}

CommandOption& CommandOption::excludes(const CommandOption& other) {
  option_->excludes(other.option_);
  return *this;
}

CommandOption& CommandOption::group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Command::Command(const std::string& description, const std::string& name)
    : own_(std::make_unique<CLI::App>(description, name)), app_(own_.get()) {}
Command::Command(CLI::App& app) : app_(&app) {}
Command::Command(Command&&) noexcept = default;
Command::~Command() = default;

Command Command::subcommand(const std::string& name, const std::string& description) {
  app_->require_subcommand(0, 1);
  return Command(*app_->add_subcommand(name, description));
}

template <class T>
CommandOption Command::option(const std::string& name, T& to, const std::string& help) {
  return CommandOption(app_->add_option(name, to, help));
}
template CommandOption Command::option(const std::string&, std::string&, const std::string&);
template CommandOption Command::option(const std::string&, std::size_t&, const std::string&);
template CommandOption Command::option(const std::string&, Strings&, const std::string&);
template CommandOption Command::option(const std::string&, Counts&, const std::string&);
template CommandOption Command::option(const std::string&, fs::path&, const std::string&);
template CommandOption Command::option(const std::string&, Paths&, const std::string&);

CommandOption Command::option(const std::string& name, std::function<void(const std::string&)> take,
                              const std::string& help) {
  return CommandOption(app_->add_option_function<std::string>(name, std::move(take), help));
}
CommandOption Command::flag(const std::string& name, bool& to, const std::string& help) {
  return CommandOption(app_->add_flag(name, to, help));
}
CommandOption Command::flag(const std::string& name, std::function<void()> take,
                            const std::string& help) {
  return CommandOption(app_->add_flag_callback(name, std::move(take), help));
}

void Command::version_flag(std::function<std::string()> text) {
  app_->set_version_flag("--version", std::move(text), "print the version and exit");
}

void Command::footer(const std::string& text) { app_->footer(text); }

bool Command::parse(const std::vector<std::string>& words) {
  try {
    app_->parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ExtrasError&) {
    throw CommandError(unknown_words(*app_));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw CommandError(error.what());
    app_->exit(error);
    return false;
  }
  return true;
}

bool Command::parsed() const { return app_->parsed(); }
std::string Command::help() const { return app_->help(); }

}  // namespace fanin
