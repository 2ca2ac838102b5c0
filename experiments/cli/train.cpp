#include "experiments/cli/commands.hpp"

#include <memory>

#include "experiments/cli/train_options.hpp"
#include "experiments/run/train.hpp"

namespace fanin {

Command make_train() {
  struct Options {
    TrainOptions train;
    bool once = false;
  };
  const auto options = std::make_shared<Options>();
  std::vector<CommandOption> list = train_options(options->train);
  list.push_back(
      {"--once", &options->once, "do nothing where --log has this very run, come to its end"});
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
