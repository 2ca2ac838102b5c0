#include "experiments/cli/train.hpp"

#include <algorithm>
#include <iterator>
#include <memory>

#include "experiments/run/train.hpp"
#include "framework/core/text.hpp"

namespace fanin {
namespace {

// The training options that specs may set too. Those that are given become `overrides`.
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
                      {.group = "Training options, which replace those of the spec"}});
  }
  return result;
}

}  // namespace

std::vector<CommandOption> train_options(TrainOptions& options,
                                         const std::vector<std::string>& only) {
  std::vector<CommandOption> result = {
      {"model", &options.model,
       "a built-in model with options, such as mlp:depth=10,width=128,\nor a "
       "file with the output of PyTorch's print(model)",
       "MODEL", required}};
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

TrainOptions parse_train(const std::vector<std::string>& arguments) {
  TrainOptions options;
  if (!parse(train_options(options), arguments))
    throw UsageError("the arguments ask for help, not for a run");
  check_train_options(options);
  return options;
}

std::vector<Override> overrides_of(const CompareOptions& options) {
  std::vector<Override> overrides;
  if (!options.inits.empty()) overrides.push_back({"--inits", "inits", join(options.inits, ",")});
  if (!options.seeds.empty()) overrides.push_back({"--seeds", "seeds", join(options.seeds, ",")});
  if (!options.rounding.empty()) overrides.push_back({"--rounding", "rounding", options.rounding});
  if (!options.tune.empty()) overrides.push_back({"--tune", "tune", options.tune});
  if (!options.baseline.empty()) overrides.push_back({"--baseline", "baseline", options.baseline});
  overrides.insert(overrides.end(), options.train.begin(), options.train.end());
  for (const std::string& set : options.sets) {
    const Override change = parse_override(set);
    const auto other = std::ranges::find(overrides, change.key, &Override::key);
    if (other != overrides.end())
      throw UsageError("{} is given twice: {} and {}", change.key, other->where, change.where);
    overrides.push_back(change);
  }
  return overrides;
}

std::vector<CommandOption> compare_options(CompareOptions& options) {
  const OptionRules not_quiet = {.excludes = "--quiet"}, one_value = {.one_value = true};
  std::vector<CommandOption> list = {
      {"spec", &options.specs,
       "specs: TOML files that describe a comparison, or names from\n"
       "`fanin list specs` (lenet5 and mlp, if --model is not given either)",
       "SPEC"},
      {"--out", &options.sweep.out, "folder for the results (results)", "DIR"},
      {"--jobs", &options.sweep.jobs, "how many runs to train at once (one per core)", "N", few},
      {"--shard", &options.shard, "train only the I-th of N equal parts of the runs", "I/N"},
      {"--fresh", &options.sweep.fresh, "remove finished runs first, and train them again"},
      {"--quiet", &options.quiet, "print only failures and the tables"},
      {"--json", &options.json, "print a line of JSON to stdout when a run or a sweep ends", "",
       not_quiet},
      {"--set", &options.sets,
       "replace the value of KEY in the spec; KEY=A,B gives it several values;\n"
       "repeat --set for other keys",
       "KEY=VALUE", one_value},
      {"--model", &options.model, "compare inits on this model, without a spec", "MODEL"},
      {"--inits", &options.inits, "inits to compare; `fanin list inits` shows them", "NAME"},
      {"--seeds", &options.seeds, "seeds, such as 0-4 or 0,3,7 or 0 3 7 (0-4 with --model)",
       "SEEDS"},
      {"--tune", &options.tune,
       "compare each init at its best values of these training options, such as lr or\n"
       "lr=0.01,0.1, chosen on held-out training images",
       "KEY[=VALUES]"},
      {"--baseline", &options.baseline,
       "compare each init only with this one, not all with all; choose it before you see\nany "
       "results",
       "NAME"},
      {"--rounding", &options.rounding,
       "to see whether rounding changes results as much as another seed does, train K\nmore runs "
       "of each seed, each with the last bit of one initial weight flipped (0)",
       "K"}};
  std::ranges::move(spec_options(options.train), std::back_inserter(list));
  return list;
}

Command make_train() {
  struct Options {
    TrainOptions train;
    bool once = false;
  };
  const auto options = std::make_shared<Options>();
  std::vector<CommandOption> list = train_options(options->train);
  list.push_back(
      {"--once", &options->once, "do nothing if the log shows that this run has finished"});
  const auto run = [options] {
    if (options->once && options->train.log.empty()) throw UsageError("--once needs --log");
    check_train_options(options->train);
    return run_training(options->train, options->once);
  };
  return {"train",
          "train a network once",
          std::move(list),
          "Examples:\n"
          "  fanin train mlp:depth=10 --init xavier_uniform --seed 1 --epochs 2\n"
          "  fanin train lenet5 --init 'mine{Conv*.weight=xavier_normal_; "
          "fc3.weight=normal_:std=0.01;\n"
          "      *.bias=zeros_}'\n"
          "You choose the name of your rules, here mine. PATTERN may contain * and ?; it matches\n"
          "the layer's type and parameter (Linear.weight) or the parameter's name in the model\n"
          "(fc3.weight). CALL is one of `fanin list functions`. The last matching rule wins.\n"
          "mine{base=kaiming_normal; ...} starts from the init kaiming_normal. In a spec for\n"
          "`fanin compare`, the same rules go under [init.mine], one \"PATTERN\" = \"CALL\" per\n"
          "line.\n",
          run,
          true};
}

}  // namespace fanin
