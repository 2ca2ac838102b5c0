#include "experiments/cli/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <type_traits>

#include "init/named_options.hpp"

namespace fanin {
namespace {

// CLI11 2.1 reads "-1" as a large unsigned number.
std::string only_digits(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos
             ? ""
             : fmt::format("must be a whole number of 0 or more, not \"{}\"", text);
}

// A message about the first word that the app does not know, with the nearest known one.
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
    return fmt::format("unexpected argument \"{}\"", words.empty() ? "" : words.front());
  const auto swapped = [](std::string text, char from, char to) {
    std::ranges::replace(text, from, to);
    return text;
  };
  for (const CLI::App* command : app.get_subcommands())
    for (const CLI::Option* one : command->get_options())
      for (const std::string& name : one->get_lnames()) known.push_back(swapped(name, '-', '_'));
  const std::string word = swapped(option->substr(2, option->find('=') - 2), '-', '_');
  std::string near = swapped(did_you_mean(word, known), '_', '-');
  if (const auto quote = near.find('"'); quote != std::string::npos) near.insert(quote + 1, "--");
  return fmt::format("no option {}{}", *option, near);
}

CLI::Option* add(CLI::App& app, const CommandOption& option) {
  return std::visit(
      [&](const auto& to) -> CLI::Option* {
        using To = std::decay_t<decltype(to)>;
        if constexpr (std::is_same_v<To, std::function<void(const std::string&)>>) {
          if (!option.type.empty())
            return app.add_option_function<std::string>(option.name, to, option.help);
          return app.add_flag_callback(
              option.name, [to] { to("true"); }, option.help);
        } else if constexpr (std::is_same_v<To, bool*>) {
          return app.add_flag(option.name, *to, option.help);
        } else {
          CLI::Option* added = app.add_option(option.name, *to, option.help);
          constexpr bool number =
              std::is_same_v<To, std::size_t*> || std::is_same_v<To, std::vector<std::size_t>*>;
          if (number && option.rules.most == 0) added->check(only_digits);
          return added;
        }
      },
      option.to);
}

void add(CLI::App& app, const std::vector<CommandOption>& options) {
  for (const CommandOption& option : options) {
    CLI::Option* added = add(app, option);
    const OptionRules& rules = option.rules;
    if (!option.type.empty()) added->type_name(option.type);
    if (rules.required) added->required();
    if (rules.commas) added->delimiter(',');
    if (rules.one_value) added->allow_extra_args(false);
    if (rules.most > 0) added->check(CLI::Range(rules.least, rules.most).description(""));
    if (!rules.excludes.empty()) added->excludes(app.get_option(rules.excludes));
    if (!rules.group.empty()) added->group(rules.group);
  }
}

bool parse(CLI::App& app, const std::vector<std::string>& words) {
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ExtrasError&) {
    throw CommandError(unknown_words(app));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw CommandError(error.what());
    app.exit(error);
    return false;
  }
  return true;
}

}  // namespace

const Command* parse(const std::vector<Command>& commands, const std::vector<std::string>& words,
                     const std::function<std::string()>& version) {
  CLI::App app("What does the initialisation of a network do to its training?", "fanin");
  app.set_version_flag("--version", version, "print the version and exit");
  app.footer(
      "Start here:\n"
      "  fanin compare             train LeNet-5 and deep MLPs under every init and show a table\n"
      "  fanin train lenet5 --init kaiming_normal --seed 0\n"
      "  fanin COMMAND --help      the options of a command, with an example\n"
      "\n"
      "In the help of a command, a value in brackets at the end of an option is its default.\n");
  app.require_subcommand(0, 1);
  for (const Command& command : commands) {
    CLI::App* added = app.add_subcommand(command.name, command.description);
    add(*added, command.options);
    added->footer(command.footer);
  }
  if (!parse(app, words)) return nullptr;
  for (const Command& command : commands)
    if (app.got_subcommand(command.name)) return &command;
  fmt::print("{}", app.help());
  return nullptr;
}

bool parse(const std::vector<CommandOption>& options, const std::vector<std::string>& words) {
  CLI::App app("", "fanin train");
  add(app, options);
  return parse(app, words);
}

}  // namespace fanin
