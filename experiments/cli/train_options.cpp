#include "experiments/cli/train_options.hpp"

#include <algorithm>

namespace fanin {
namespace {

[[noreturn]] void refuse(const TrainOption& option, const std::string& wrong) {
  throw UsageError("{} {}", option.flag(), wrong);
}

CommandOption register_option(Command& command, const TrainOption& option,
                              const std::function<void(const std::string&)>& take) {
  if (option.kind == OptionKind::flag)
    return command.flag(
        option.flag(), [take] { take("true"); }, option.help);
  return command.option(option.flag(), take, option.help).type(option.values);
}

}  // namespace

void add_train_options(Command& command, TrainOptions& options,
                       const std::vector<std::string>& only) {
  command
      .option("model", options.model,
              "a built-in model with options, such as mlp:depth=10,width=128,\n"
              "or a file holding what PyTorch's print(model) shows")
      .required()
      .type("MODEL");
  for (const TrainOption& option : train_option_table()) {
    if (!only.empty() && std::ranges::find(only, option.name) == only.end()) continue;
    register_option(command, option, [&option, &options](const std::string& text) {
      const std::string wrong = option.set(options, text);
      if (!wrong.empty()) refuse(option, wrong);
    });
  }
}

void add_spec_options(Command& command, std::vector<std::pair<std::string, std::string>>& given) {
  for (const TrainOption& option : train_option_table())
    if (!option.per_run)
      register_option(command, option, [&option, &given](const std::string& text) {
        given.emplace_back(option.name, text);
      }).group("Training, instead of what the spec says");
}

TrainOptions parse_train(const std::vector<std::string>& arguments) {
  TrainOptions options;
  Command command("", "fanin train");
  add_train_options(command, options);
  if (!command.parse(arguments)) throw UsageError("the arguments ask for help, not for a run");
  check_train_options(options);
  return options;
}

}  // namespace fanin
