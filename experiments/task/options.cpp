#include "experiments/task/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "experiments/task/choose.hpp"
#include "experiments/task/datasets.hpp"
#include "experiments/task/optimisation.hpp"
#include "experiments/task/schedules.hpp"
#include "framework/core/error.hpp"
#include "framework/core/text.hpp"
#include "init/named_options.hpp"
#include "init/recipe.hpp"

namespace fanin {
namespace {

// A row whose value `parse` reads from a text. It throws UsageError for a wrong text.
template <class T, class Parse>
TrainOption row(std::string name, T TrainOptions::*member, const Parse& parse, std::string help,
                std::string values = "") {
  using Value = decltype(parse(std::string()));
  const OptionKind kind = std::is_same_v<Value, bool>          ? OptionKind::flag
                          : std::is_same_v<Value, std::size_t> ? OptionKind::count
                          : std::is_same_v<Value, double>      ? OptionKind::number
                                                               : OptionKind::text;
  if (values.empty() && kind != OptionKind::flag)
    values = kind == OptionKind::text ? "NAME" : kind == OptionKind::count ? "N" : "X";
  auto set = [=](TrainOptions& options, const std::string& text) -> std::string {
    try {
      options.*member = parse(text);
      return "";
    } catch (const UsageError& error) {
      return error.what();
    }
  };
  auto get = [=](const TrainOptions& options) -> std::string {
    if constexpr (std::is_same_v<T, std::optional<Value>>)
      return options.*member ? fmt::to_string(*(options.*member)) : "";
    else
      return fmt::to_string(options.*member);
  };
  return {std::move(name), kind, std::move(values), std::move(help), false, set, get};
}

TrainOption per_run(TrainOption option) {
  option.per_run = true;
  return option;
}

[[noreturn]] void must(const std::string& be, const std::string& text) {
  throw UsageError("must {}, not \"{}\"", be, text);
}

// A parser of whole numbers: up to a billion, so that no product of two overflows.
auto whole(std::size_t least, std::size_t most = 1'000'000'000) {
  return [=](const std::string& text) {
    const auto value = parse_number<std::size_t>(text);
    if (!value || *value < least) must(fmt::format("be a whole number of {} or more", least), text);
    if (*value > most) throw UsageError("must be at most {}, not {}", most, text);
    return *value;
  };
}

template <class Fits>
auto number(const char* expected, const Fits& fits) {
  return [=](const std::string& text) {
    const auto value = parse_number<double>(text);
    if (!value || !std::isfinite(*value) || !fits(*value))
      must(std::string("be ") + expected, text);
    return *value;
  };
}

bool truth(const std::string& text) {
  if (text != "true" && text != "false") must("be true or false", text);
  return text == "true";
}

std::string any_text(const std::string& text) {
  if (text.empty()) throw UsageError("must not be empty");
  return text;
}

auto one_of(const std::vector<std::string>& names) {
  return [=](const std::string& text) { return choose(names, any_text(text)); };
}

// A parser of texts that `check` accepts. It throws UsageError for others.
auto checked(void (*check)(const std::string&)) {
  return [=](const std::string& text) {
    check(text);
    return text;
  };
}

void check_interval(const std::string& text) {
  constexpr std::size_t most_seconds = 1'000'000'000;  // clocks count nanoseconds in 63 bits
  const bool seconds = text.ends_with('s');
  const auto count = parse_number<std::size_t>(seconds ? text.substr(0, text.size() - 1) : text);
  if (!count || (seconds && *count > most_seconds))
    must("be a whole number of steps, such as 100, or of seconds, such as 30s", text);
}

std::string losses_help() {
  std::string help = "loss to minimise, averaged over the batch (cross_entropy):";
  for (const Loss& loss : loss_table()) help += fmt::format("\n{}: {}", loss.name, loss.summary);
  return help;
}

// The optimizers that take an option, as in "sgd, rmsprop and muon".
std::string optimizers_with(const std::string& option) {
  std::vector<std::string> names;
  for (const OptimizerRow& row : optimizer_table())
    if (std::ranges::count(row.takes, option) > 0) names.push_back(row.name);
  return alternatives(names, " and ");
}

std::vector<TrainOption> make_table() {
  using O = TrainOptions;
  constexpr std::size_t any_seed = std::numeric_limits<std::size_t>::max();
  const auto finite = number("a finite number", [](double) { return true; });
  const auto positive = number("a finite number above 0", [](double x) { return x > 0; });
  const auto not_negative = number("a finite number of 0 or more", [](double x) { return x >= 0; });
  const auto up_to_one = number("a number from 0 to 1", [](double x) { return x >= 0 && x <= 1; });
  const auto below_one =
      number("a number of at least 0 and below 1", [](double x) { return x >= 0 && x < 1; });
  const auto init = checked([](const std::string& text) { Recipe(any_text(text)); });
  return {
      per_run(row("init", &O::init, init,
                  "init: one of `fanin list inits`, or rules of your own,\n"
                  "NAME{PATTERN=CALL; ...}, which the end of `fanin train --help` explains\n"
                  "(the init \"default\")")),
      per_run(row("seed", &O::seed, whole(0, any_seed), "seed of weights and batches (0)")),
      row("epochs", &O::epochs, whole(1), "passes over the training images (1)"),
      row("max_steps", &O::max_steps, whole(0),
          "end after N optimizer steps and ignore --epochs; 0: use --epochs (0)"),
      row("batch", &O::batch, whole(1), "images per step (64)"),
      row("loss", &O::loss, one_of(names_of(loss_table())), losses_help()),
      row("optimizer", &O::optimizer, one_of(names_of(optimizer_table())),
          alternatives(names_of(optimizer_table())) +
              " (sgd);\nmuon trains the 2-D weights, and AdamW the rest: embeddings, the last\n"
              "layer and everything else"),
      row("lr", &O::lr, positive,
          "learning rate (sgd, rmsprop 0.01; adam, adamw, muon 0.001; adadelta 1)"),
      row("momentum", &O::momentum, below_one,
          "momentum, with " + optimizers_with("momentum") + " (muon 0.95, others 0)"),
      row("weight_decay", &O::weight_decay, not_negative,
          "weight decay (adamw 0.01, muon 0.1 and its AdamW 0.01, others 0)"),
      row("dampening", &O::dampening, not_negative,
          "dampening of the momentum, with " + optimizers_with("dampening") + " (0)"),
      row("nesterov", &O::nesterov, truth,
          "use Nesterov's momentum, with " + optimizers_with("nesterov") + "; muon always does"),
      row("amsgrad", &O::amsgrad, truth,
          "divide by the largest second moment so far, with " + optimizers_with("amsgrad")),
      row("adamw_lr", &O::adamw_lr, positive,
          "learning rate of what AdamW trains, with " + optimizers_with("adamw_lr") + " (0.001)"),
      row("adjust_lr_fn", &O::adjust_lr_fn, one_of({"original", "match_rms_adamw"}),
          "how the learning rate depends on a weight's shape, with " +
              optimizers_with("adjust_lr_fn") + ":\noriginal or match_rms_adamw (original)"),
      row("clip_norm", &O::clip_norm, not_negative,
          "scale the gradients down if the norm over all of them is above X; 0: never (0)"),
      row("clip_value", &O::clip_value, not_negative,
          "clamp each number of the gradients to [-X, X], after --clip-norm; 0: never (0)"),
      row("schedule", &O::schedule,
          checked([](const std::string& text) { make_schedule(text, 1, 1, 1); }), schedule_help,
          "NAME[:KEY=VALUE,...]"),
      row("dataset", &O::dataset, checked(check_dataset),
          alternatives(names_of(dataset_table())) + "[:delay=50] (mnist)"),
      row("data_dir", &O::data_dir, any_text,
          "folder of the data set's four IDX files, named like MNIST's\n"
          "($FANIN_DATA, if set)",
          "DIR"),
      row("data_mean", &O::data_mean, finite,
          "mean of the pixels, scaled to [0, 1]: inputs become (pixel - mean) / std\n"
          "(mean and std: mnist 0.1307, 0.3081; fashion-mnist 0.2860, 0.3530;\n"
          "idx has no defaults, so give both)"),
      row("data_std", &O::data_std, positive, "see --data-mean"),
      row("holdout", &O::holdout, whole(0),
          "test on the last N training images instead of the test set, and train\n"
          "on the others; 0: use the test set (0)"),
      row("init_rng", &O::init_rng, one_of({"shared", "per-parameter"}),
          "shared: draw all weights from one generator, as PyTorch does;\n"
          "per-parameter: give each parameter a stream of its own, so that adding\n"
          "a layer changes no other layer's weights (shared)"),
      row("loader_rng", &O::loader_rng, one_of({"own", "global", "none"}),
          "own: a separate generator shuffles the images;\n"
          "global: the model's generator shuffles them, as with a plain DataLoader;\n"
          "none: no shuffling, file order (own)"),
      per_run(row("flip_bit", &O::flip_bit, whole(0),
                  "after the init, flip the last bit of one weight, picked by K: the same run\n"
                  "under another rounding; 0: flip none (0)",
                  "K")),
      row("threads", &O::threads, whole(1), "threads of each run (1)"),
      per_run(row("log", &O::log, any_text, "write the log here, one JSON object per line",
                  "FILE.jsonl")),
      row("log_every", &O::log_every, whole(1), "steps between logged losses (50)"),
      row("eval_every", &O::eval_every, whole(0),
          "steps between evaluations; 0: at epoch ends (0)"),
      row("stop_accuracy", &O::stop_accuracy, up_to_one,
          "end the run at the first evaluation with this test accuracy or more, such as 0.97"),
      row("diagnostics_every", &O::diagnostics_every, whole(0),
          "log statistics of each layer's outputs and gradients every N steps; 0: only\n"
          "before and after training (200 steps, or 12,800 / batch steps if that is more)"),
      per_run(row("save", &O::save, any_text,
                  "write the trained weights here, without the optimizer's state", "FILE")),
      row("checkpoint_every", &O::checkpoint_every, checked(check_interval),
          "write a checkpoint next to the log every N steps or T seconds, such as 100\n"
          "or 30s (30s); 0: only when the run is stopped. To continue a stopped run,\n"
          "repeat its command",
          "N|Ts"),
      per_run(row("load", &O::load, any_text,
                  "start from the weights in this file instead of those that --init draws",
                  "FILE")),
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

// Refuses options that the optimizer would ignore.
void check_optimizer_options(const TrainOptions& options) {
  const OptimizerRow& optimizer = find_optimizer(options.optimizer);
  for (const char* name :
       {"momentum", "dampening", "nesterov", "amsgrad", "adamw_lr", "adjust_lr_fn"}) {
    const TrainOption& option = *find_spec_option(name);
    const std::string text = option.get(options);
    if (text == option.get({}) || text == "0" || std::ranges::count(optimizer.takes, name) > 0)
      continue;
    throw UsageError("{} works with {}, not {}", name, optimizers_with(name), optimizer.name);
  }
  const bool without_momentum = options.momentum.value_or(0) == 0;
  if (options.dampening > 0 && without_momentum)
    throw UsageError("dampening needs a momentum above 0");
  if (options.nesterov && (without_momentum || options.dampening > 0))
    throw UsageError("nesterov needs a momentum above 0 and no dampening");
  if (!optimizer.has_momentum && make_momentum_schedule(options.schedule, 1))
    throw UsageError(
        "schedule one_cycle moves the momentum, but {} has none: add {}cycle_momentum=false",
        optimizer.name, options.schedule == "one_cycle" ? ":" : ",");
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
  if (options.data_mean.has_value() != options.data_std.has_value() ||
      (options.dataset == "idx" && !options.data_mean))
    throw UsageError("data mean and data std go together: give both (dataset idx needs them)");
  check_optimizer_options(options);
  if (const std::string command = train_command(options); !options.log.empty() && !is_utf8(command))
    throw UsageError("\"{}\" is not UTF-8, which a log must be", command);
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path save = fs::weakly_canonical(options.save, error);
  for (const char* suffix : {"", growing_suffix})
    if (!options.log.empty() && !options.save.empty() &&
        fs::weakly_canonical(options.log + suffix, error) == save)
      throw UsageError("log and save name the same file, {}", options.save);
  if (fs::equivalent(save, options.model, error))
    throw UsageError("save would replace the model's file, {}", options.model);
}

std::vector<std::string> train_arguments(const TrainOptions& options) {
  const TrainOptions defaults;
  // A file name that begins with a dash would look like an option.
  std::vector<std::string> arguments = {(options.model.starts_with('-') ? "./" : "") +
                                        options.model};
  for (const TrainOption& option : train_option_table()) {
    const std::string text = option.get(options);
    if (text == option.get(defaults)) continue;
    const bool dash = text.starts_with('-');  // it would look like an option
    arguments.push_back(option.flag() + (dash ? "=" + text : ""));
    if (!dash && option.kind != OptionKind::flag) arguments.push_back(text);
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
  defaults.lr = defaults.momentum = defaults.weight_decay = std::nullopt;
  defaults = with_optimizer_defaults(defaults);
  if (options.lr == defaults.lr) options.lr.reset();
  if (options.momentum == defaults.momentum) options.momentum.reset();
  if (options.weight_decay == defaults.weight_decay) options.weight_decay.reset();
  return command_line(options);
}

TrainOptions with_optimizer_defaults(TrainOptions options) {
  const OptimizerRow& optimizer = find_optimizer(options.optimizer);
  if (!options.lr) options.lr = optimizer.lr;
  if (!options.momentum) options.momentum = optimizer.momentum;
  if (!options.weight_decay) options.weight_decay = optimizer.weight_decay;
  return options;
}

}  // namespace fanin
