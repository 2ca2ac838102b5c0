#include "experiments/task/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "experiments/task/datasets.hpp"
#include "experiments/task/losses.hpp"
#include "experiments/task/optimizers.hpp"
#include "experiments/task/schedules.hpp"
#include "framework/core/error.hpp"
#include "framework/core/join.hpp"
#include "framework/core/utf8.hpp"
#include "init/did_you_mean.hpp"
#include "init/named_options.hpp"
#include "init/recipe.hpp"

namespace fanin {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string written(const std::string& value) { return value; }
std::string written(bool value) { return value ? "true" : "false"; }
template <class Number>
std::string written(Number value) {
  return fmt::to_string(value);
}
template <class Number>
std::string written(const std::optional<Number>& value) {
  return value ? fmt::to_string(*value) : "";
}

// A row whose value `parse` reads from a text; it throws UsageError for one that it refuses.
template <class Member, class Parse>
TrainOption row(std::string name, Member TrainOptions::*member, OptionKind kind, std::string values,
                std::string help, const Parse& parse) {
  auto set = [=](TrainOptions& options, const std::string& text) -> std::string {
    try {
      options.*member = parse(text);
      return "";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  auto get = [=](const TrainOptions& options) { return written(options.*member); };
  return {std::move(name), kind, std::move(values), std::move(help), false, set, get};
}

[[noreturn]] void must(const std::string& be, const std::string& text) {
  throw UsageError("must {}, not \"{}\"", be, text);
}

TrainOption text_option(std::string name, std::string TrainOptions::*member, std::string values,
                        std::string help, const std::vector<std::string>& choices = {}) {
  return row(std::move(name), member, OptionKind::text, std::move(values), std::move(help),
             [=](const std::string& text) {
               if (text.empty()) throw UsageError("must not be empty");
               if (!choices.empty() && std::ranges::find(choices, text) == choices.end())
                 throw UsageError("must be one of {}, not \"{}\"{}", join(choices, ", "), text,
                                  did_you_mean(text, choices));
               return text;
             });
}

// At most a billion, so that no product of two overflows.
template <class Member, class T>
TrainOption count_option(std::string name, Member TrainOptions::*member, T least, std::string help,
                         T most = 1'000'000'000) {
  return row(std::move(name), member, OptionKind::count, "N", std::move(help),
             [=](const std::string& text) {
               const auto value = parse_number<T>(text);
               if (!value || *value < least)
                 must(fmt::format("be a whole number from {} on", least), text);
               if (*value > most) throw UsageError("must be at most {}, not {}", most, text);
               return *value;
             });
}

struct Range {
  double low = -infinity, high = infinity;
  bool above_low = false;  // low itself is not allowed
  std::string text = "a finite number";
};

template <class T>
TrainOption number_option(std::string name, T TrainOptions::*member, const Range& range,
                          std::string help) {
  return row(std::move(name), member, OptionKind::number, "X", std::move(help),
             [=](const std::string& text) {
               const auto value = parse_number<double>(text);
               if (!value || !std::isfinite(*value) || *value < range.low || *value >= range.high ||
                   (range.above_low && *value == range.low))
                 must("be " + range.text, text);
               return *value;
             });
}

TrainOption flag_option(std::string name, bool TrainOptions::*member, std::string help) {
  return row(std::move(name), member, OptionKind::flag, "", std::move(help),
             [](const std::string& text) {
               if (text != "true" && text != "false") must("be true or false", text);
               return text == "true";
             });
}

// A text that `check` takes; it throws UsageError for others.
TrainOption checked_option(std::string name, std::string TrainOptions::*member,
                           void (*check)(const std::string&), std::string values,
                           std::string help) {
  return row(std::move(name), member, OptionKind::text, std::move(values), std::move(help),
             [=](const std::string& text) {
               check(text);
               return text;
             });
}

template <class Row>
std::vector<std::string> names_of(const std::vector<Row>& table) {
  std::vector<std::string> names;
  for (const Row& row : table) names.push_back(row.name);
  return names;
}

TrainOption loss_option() {
  std::string help = "what training makes small, the mean over a batch (cross_entropy):";
  for (const Loss& loss : loss_table()) help += fmt::format("\n{}: {}", loss.name, loss.summary);
  return text_option("loss", &TrainOptions::loss, "NAME", help, names_of(loss_table()));
}

void check_interval(const std::string& text) {
  constexpr std::size_t most_seconds = 1'000'000'000;  // clocks count nanoseconds in 63 bits
  const bool seconds = text.ends_with('s');
  const auto number = parse_number<std::size_t>(seconds ? text.substr(0, text.size() - 1) : text);
  if (!number || (seconds && *number > most_seconds))
    must("be a whole number of steps, or of seconds as in 30s", text);
}

void check_init(const std::string& text) {
  if (text.empty()) throw UsageError("must not be empty");
  const Recipe recipe(text);
}

TrainOption per_run(TrainOption option) {
  option.per_run = true;
  return option;
}

std::vector<TrainOption> make_table() {
  using O = TrainOptions;
  const std::size_t zero = 0, one = 1;
  const Range positive{.low = 0, .above_low = true, .text = "a finite number above 0"};
  const Range not_negative{.low = 0, .text = "a finite number from 0 on"};
  const Range up_to_one{.low = 0, .high = std::nextafter(1.0, 2.0), .text = "a number from 0 to 1"};
  const Range below_one{.low = 0, .high = 1, .text = "a number from 0 to below 1"};
  return {
      per_run(checked_option("init", &O::init, check_init, "NAME",
                             "scheme of the initial weights (default), as `fanin list inits`\n"
                             "shows, or rules of your own, NAME{PATTERN=CALL; ...}")),
      per_run(count_option("seed", &O::seed, std::uint64_t{0}, "seed of weights and batches (0)",
                           std::numeric_limits<std::uint64_t>::max())),
      count_option("epochs", &O::epochs, one, "passes over the training images (1)"),
      count_option("max_steps", &O::max_steps, zero,
                   "optimizer steps instead of epochs; 0: epochs decide (0)"),
      count_option("batch", &O::batch, one, "images per step (64)"),
      loss_option(),
      text_option("optimizer", &O::optimizer, "NAME", "sgd, adam, adamw or rmsprop (sgd)",
                  names_of(optimizer_table())),
      number_option("lr", &O::lr, positive, "learning rate (sgd, rmsprop 0.01; adam, adamw 0.001)"),
      number_option("momentum", &O::momentum, below_one, "of sgd and rmsprop (0)"),
      number_option("weight_decay", &O::weight_decay, not_negative, "(adamw 0.01, others 0)"),
      flag_option("nesterov", &O::nesterov, "Nesterov's momentum, for sgd"),
      checked_option("schedule", &O::schedule, check_schedule, "NAME[:KEY=VALUE,...]",
                     schedule_help),
      checked_option("dataset", &O::dataset, check_dataset, "NAME",
                     "mnist, fashion-mnist, idx or copy[:delay=50] (mnist)"),
      text_option("data_dir", &O::data_dir, "DIR", "folder of the four IDX files"),
      number_option("data_mean", &O::data_mean, {},
                    "of pixels in [0, 1]: inputs become (pixel - mean) / std\n"
                    "(mnist 0.1307, 0.3081; fashion-mnist 0.2860, 0.3530; idx: say both)"),
      number_option("data_std", &O::data_std, positive, "see --data-mean"),
      count_option("holdout", &O::holdout, zero,
                   "test on so many of the training images, the last, and\n"
                   "train on the others (0)"),
      text_option("init_rng", &O::init_rng, "NAME",
                  "draw weights from one generator as PyTorch does, `shared`, or each\n"
                  "parameter from a stream of its own, `per-parameter`, so that a layer\n"
                  "more or less changes no other layer's weights (shared)",
                  {"shared", "per-parameter"}),
      text_option("loader_rng", &O::loader_rng, "NAME",
                  "draw batches from a generator of their `own` or the model's, `global`,\n"
                  "or take them in file order, `none` (own)",
                  {"own", "global", "none"}),
      count_option("threads", &O::threads, one, "threads of this run (1)"),
      per_run(text_option("log", &O::log, "FILE.jsonl", "write a line per event here")),
      count_option("log_every", &O::log_every, one, "steps between logged losses (50)"),
      count_option("eval_every", &O::eval_every, zero,
                   "steps between evaluations; 0: at epoch ends (0)"),
      number_option("stop_accuracy", &O::stop_accuracy, up_to_one,
                    "end the run at the first evaluation with this test accuracy"),
      count_option("diagnostics_every", &O::diagnostics_every, zero,
                   "steps between looks into the layers, which go to the log; 0: before and\n"
                   "after training alone (200, or as many as take 12,800 images)"),
      per_run(text_option("save", &O::save, "FILE",
                          "write the trained weights here (not the optimizer's state)")),
      checked_option("checkpoint_every", &O::checkpoint_every, check_interval, "N|SECONDSs",
                     "steps, or seconds as in 30s, between checkpoints beside the log, from\n"
                     "which the same command goes on; 0: only when it is stopped (30s)"),
      per_run(text_option("load", &O::load, "FILE",
                          "start from these weights instead of what --init drew")),
  };
}

std::string shell_word(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) || std::string_view("_-+=:,./@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string TrainOption::flag() const {
  std::string flag = "--" + name;
  std::ranges::replace(flag, '_', '-');
  return flag;
}

const std::vector<TrainOption>& train_option_table() {
  static const std::vector<TrainOption> table = make_table();
  return table;
}

const TrainOption* find_spec_option(const std::string& name) {
  for (const TrainOption& option : train_option_table())
    if (option.name == name && !option.per_run) return &option;
  return nullptr;
}

std::size_t default_diagnostics_every(std::size_t batch) {
  return std::max<std::size_t>(200, (12'800 + batch - 1) / batch);
}

void check_train_options(const TrainOptions& options) {
  const bool any = options.data_mean || options.data_std;
  const bool both = options.data_mean && options.data_std;
  if (any != both || (options.dataset == "idx" && !both))
    throw UsageError("data mean and data std go together, and dataset idx needs them");
  const OptimizerRow& optimizer = find_optimizer(options.optimizer);
  if (options.momentum > 0 && !optimizer.takes_momentum)
    throw UsageError("momentum is for sgd and rmsprop, not {}", options.optimizer);
  if (options.nesterov && (!optimizer.takes_nesterov || options.momentum == 0))
    throw UsageError("nesterov is for sgd with a momentum above 0");
  if (const std::string command = train_command(options); !options.log.empty() && !is_utf8(command))
    throw UsageError("\"{}\" is not UTF-8, and a log can hold nothing else", command);
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path save = fs::weakly_canonical(options.save, error);
  for (const char* suffix : {"", growing_suffix})
    if (!options.log.empty() && !options.save.empty() &&
        fs::weakly_canonical(options.log + suffix, error) == save)
      throw UsageError("log and save are one file, {}", options.save);
  if (fs::equivalent(save, options.model, error))
    throw UsageError("save would replace the model's file, {}", options.model);
}

std::vector<std::string> train_arguments(const TrainOptions& options) {
  const TrainOptions defaults;
  // A file whose name begins as an option does must not be taken for one.
  std::vector<std::string> arguments = {(options.model.starts_with('-') ? "./" : "") +
                                        options.model};
  for (const TrainOption& option : train_option_table()) {
    const std::string text = option.get(options);
    if (text == option.get(defaults)) continue;
    if (option.kind == OptionKind::flag) {
      arguments.push_back(option.flag());
    } else if (text.starts_with('-')) {  // or it would be taken for an option itself
      arguments.push_back(option.flag() + "=" + text);
    } else {
      arguments.insert(arguments.end(), {option.flag(), text});
    }
  }
  return arguments;
}

std::string command_line(const TrainOptions& options) {
  std::string command = "fanin train";
  for (const std::string& argument : train_arguments(options))
    command += " " + shell_word(argument);
  return command;
}

std::string train_command(TrainOptions options) {
  options.log.clear(), options.save.clear();
  options.checkpoint_every = TrainOptions().checkpoint_every;
  TrainOptions defaults = options;
  defaults.lr = defaults.weight_decay = std::nullopt;
  defaults = with_optimizer_defaults(defaults);
  if (options.lr == defaults.lr) options.lr.reset();
  if (options.weight_decay == defaults.weight_decay) options.weight_decay.reset();
  return command_line(options);
}

TrainOptions with_optimizer_defaults(TrainOptions options) {
  const OptimizerRow& optimizer = find_optimizer(options.optimizer);
  if (!options.lr) options.lr = optimizer.lr;
  if (!options.weight_decay) options.weight_decay = optimizer.weight_decay;
  return options;
}

}  // namespace fanin
