#include "experiments/cli/train.hpp"

#include <algorithm>
#include <memory>

#include "experiments/cli/commands.hpp"
#include "experiments/run/train.hpp"

namespace fanin {

std::vector<CommandOption> train_options(TrainOptions& options,
                                         const std::vector<std::string>& only) {
  std::vector<CommandOption> result = {with(
      {.required = true}, {"model", &options.model,
                           "a built-in model with options, such as mlp:depth=10,width=128,\nor a "
                           "file with the output of PyTorch's print(model)",
                           "MODEL"})};
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
    result.push_back(with({.group = "Training options, which replace those of the spec"},
                          {option.flag(), add, option.help, option.values}));
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

Command make_train() {
  struct Options {
    TrainOptions train;
    bool once = false;
  };
  const auto options = std::make_shared<Options>();
  std::vector<CommandOption> list = train_options(options->train);
  list.push_back({"--once", &options->once, "skip the run if --log already holds it, finished"});
  const auto run = [options] {
    if (options->once && options->train.log.empty()) throw UsageError("--once needs --log");
    check_train_options(options->train);
    return run_training(options->train, options->once);
  };
  return {
      "train",
      "train a network once",
      std::move(list),
      "Examples:\n"
      "  fanin train mlp:depth=10 --init xavier_uniform --seed 1 --epochs 2\n"
      "  fanin train lenet5 --init 'mine{Conv*.weight=xavier_normal_; "
      "fc3.weight=normal_:std=0.01;\n"
      "      *.bias=zeros_}'\n"
      "A pattern with * and ? matches <layer type>.<parameter> or the parameter's path, a call is\n"
      "one of `fanin list functions`; the last rule that matches wins. base=NAME starts from a\n"
      "named scheme. A spec has the same as a table [init.NAME] of \"PATTERN\" = \"CALL\".\n",
      run,
      true};
}

}  // namespace fanin
