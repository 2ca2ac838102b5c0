#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fanin {

// A log's file name ends in this until the run has ended.
inline constexpr const char* growing_suffix = ".part";

// The options of `fanin train`: everything that a training run depends on.
struct TrainOptions {
  std::string model;
  std::string init = "default";
  std::uint64_t seed = 0;
  std::size_t epochs = 1;
  std::size_t max_steps = 0;  // 0: epochs decide
  std::size_t batch = 64;
  std::string loss = "cross_entropy";
  std::string optimizer = "sgd";
  std::optional<double> lr;            // unset: PyTorch's default of the optimizer
  std::optional<double> momentum;      // unset: PyTorch's default of the optimizer
  std::optional<double> weight_decay;  // unset: PyTorch's default of the optimizer
  double dampening = 0;
  bool nesterov = false, amsgrad = false;
  double adamw_lr = 1e-3;  // of the weights that muon leaves to AdamW
  std::string adjust_lr_fn = "original";
  double clip_norm = 0, clip_value = 0;  // 0: gradients are not clipped
  std::string schedule = "constant";
  std::string dataset = "mnist";
  std::string data_dir;
  std::optional<double> data_mean, data_std;  // unset: the set's own; idx has none
  std::size_t holdout = 0;                    // the last training images, to test on
  std::string init_rng = "shared", loader_rng = "own";
  std::size_t flip_bit = 0;  // flip_last_bit() after the init; 0: leave the weights as they are
  std::size_t threads = 1;
  std::string log;
  std::size_t log_every = 50;
  std::size_t eval_every = 0;  // 0: at epoch ends
  double stop_accuracy = 0;    // an evaluation that reaches it ends the run; 0: never
  std::optional<std::size_t> diagnostics_every;  // unset: default_diagnostics_every()
  std::string save, load;
  std::string checkpoint_every = "30s";

  bool operator==(const TrainOptions&) const = default;
};

enum class OptionKind { text, count, number, flag, any };  // any: the model decides

// One row of the table that the command line and the [train] tables of specs share.
struct TrainOption {
  std::string name;  // as in specs; the command line has dashes for the underscores
  OptionKind kind;
  std::string values;  // the value's name in the help
  std::string help;
  bool per_run;  // a sweep sets it for each run, so a [train] table may not
  std::function<std::string(TrainOptions&, const std::string&)> set;  // returns an error, or ""
  std::function<std::string(const TrainOptions&)> get;  // a text for `set`; "": not set

  std::string flag() const;  // "--eval-every"
};

const std::vector<TrainOption>& train_option_table();

// The row that a [train] table may set under this name, or nullptr.
const TrainOption* find_spec_option(const std::string& name);

// Steps between looks: at least 200, and at least as many as 12,800 images take. A look takes about
// as long as training on 600 images, so looks cost a few percent.
std::size_t default_diagnostics_every(std::size_t batch);

// Throws UsageError if options contradict each other.
void check_train_options(const TrainOptions& options);

// The shortest argument list of `fanin train` that gives these options.
std::vector<std::string> train_arguments(const TrainOptions& options);

// `fanin train ...` as one line for a shell.
std::string command_line(const TrainOptions& options);

// The command line that identifies a run. It leaves out --log, --save, --checkpoint-every, and
// values that are the optimizer's defaults.
std::string train_command(TrainOptions options);

// Fills in the learning rate, momentum and weight decay of PyTorch's optimizer where they are
// unset. The weight decay of muon stays unset.
TrainOptions with_optimizer_defaults(TrainOptions options);

}  // namespace fanin
