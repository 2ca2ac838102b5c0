#include "experiments/cli/train_options.hpp"

#include <algorithm>

namespace fanin {

std::vector<CommandOption> train_options(TrainOptions& options,
                                         const std::vector<std::string>& only) {
  std::vector<CommandOption> result = {
      {"model",
       &options.model,
       "a built-in model with options, such as mlp:depth=10,width=128,\n"
       "or a file holding what PyTorch's print(model) shows",
       "MODEL",
       {.required = true}}};
  for (const TrainOption& option : train_option_table()) {
    if (!only.empty() && std::ranges::find(only, option.name) == only.end()) continue;
    const auto set = [&option, &options](const std::string& text) {
      const std::string wrong = option.set(options, text);
      if (!wrong.empty()) throw UsageError("{} {}", option.flag(), wrong);
    };
    result.push_back({option.flag(), set, option.help, option.values});
  }
  return result;
}

std::vector<CommandOption> spec_options(std::vector<Override>& overrides) {
  std::vector<CommandOption> result;
  for (const TrainOption& option : train_option_table()) {
    if (option.per_run) continue;
    const auto add = [&option, &overrides](const std::string& text) {
      overrides.push_back({option.flag(), "train." + option.name, text});
    };
    result.push_back({option.flag(),
                      add,
                      option.help,
                      option.values,
                      {.group = "Training, instead of what the spec says"}});
  }
  return result;
}

TrainOptions parse_train(const std::vector<std::string>& arguments) {
  TrainOptions options;
  if (!parse(train_options(options), arguments))
    throw UsageError("the arguments ask for help, not for a run");
  check_train_options(options);
  return options;
}

}  // namespace fanin
