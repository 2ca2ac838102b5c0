#include "experiments/task/optimisation.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "experiments/task/choose.hpp"
#include "framework/core/error.hpp"
#include "framework/ops/arithmetic.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

// A loss against one-hot targets, summed over the classes and averaged over the batch.
Tensor one_hot_loss(Tensor (*loss)(const Tensor&, const Tensor&, Reduction), const Tensor& logits,
                    const Labels& labels) {
  const std::size_t classes = logits.shape().empty() ? 0 : logits.shape().back();
  return loss(logits, one_hot(labels, classes), Reduction::sum) / static_cast<Real>(labels.size());
}

// The options must have every number: see with_optimizer_defaults().
template <class Made, class Options, bool decoupled = false>
std::unique_ptr<Optimizer> make_optimizer(std::vector<Tensor> parameters,
                                          const TrainOptions& given) {
  Options options;
  options.lr = given.lr.value(), options.weight_decay = given.weight_decay.value();
  if constexpr (requires { options.momentum; }) options.momentum = given.momentum;
  if constexpr (requires { options.nesterov; }) options.nesterov = given.nesterov;
  if constexpr (requires { options.decoupled; }) options.decoupled = decoupled;
  return std::make_unique<Made>(std::move(parameters), options);
}

constexpr std::size_t most_steps = 1'000'000'000'000;

// Splits at each plus sign unless a digit follows, as in 1e+5.
std::vector<std::string> split_parts(const std::string& text) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1]));
    if (text[i] == '+' && !digit)
      parts.emplace_back();
    else
      parts.back() += text[i];
  }
  return parts;
}

double number(const NamedOptions& o, const char* key, double fallback, double most = 1e300) {
  const double value = o.number(key, fallback);
  if (value < 0 || value > most)
    throw UsageError("{}: {} must {}, got {}", o.name(), key,
                     most > 1 ? "not be negative" : "lie in [0, 1]", value);
  return value;
}

std::size_t required_count(const NamedOptions& o, const char* key) {
  o.number(key);
  return o.count(key, 1, 1, most_steps);
}

struct ScheduleRow {
  std::string name;
  std::vector<std::string> options;
};

const ScheduleRow schedule_table[] = {{"constant", {}},
                                      {"step", {"step_size", "gamma", "every"}},
                                      {"cosine", {"t_max", "eta_min", "every"}},
                                      {"warmup", {"steps", "start_factor", "every"}}};

struct Part {
  Schedule schedule;
  std::size_t steps;  // until the next part begins
};

// Makes one part of a text. The run still has `left` steps.
Part make_part(const std::string& text, double lr, std::size_t left, std::size_t epoch_steps) {
  const NamedOptions o(text);
  const auto row = std::ranges::find(schedule_table, o.name(), &ScheduleRow::name);
  if (row == std::end(schedule_table))
    throw UsageError("must be {}, not \"{}\"", alternatives(names_of(schedule_table)), o.name());
  o.allow(row->options);
  const std::size_t unit = o.word("every", "step", {"step", "epoch"}) == "epoch" ? epoch_steps : 1;
  std::size_t units = (left + unit - 1) / unit;
  Schedule schedule = [lr](std::size_t) { return lr; };
  if (o.name() == "step") {
    const std::size_t size = required_count(o, "step_size");
    schedule = step_lr(lr, size, number(o, "gamma", 0.1));
  } else if (o.name() == "cosine") {
    const std::size_t t_max = o.count("t_max", units, 1, most_steps);
    schedule = cosine_annealing_lr(lr, t_max, number(o, "eta_min", 0));
  } else if (o.name() == "warmup") {
    units = required_count(o, "steps");
    const double start = number(o, "start_factor", 1.0 / 3, 1);
    if (start == 0)
      throw UsageError(
          "warmup: start_factor must be above 0, because a learning rate of 0 trains nothing");
    schedule = linear_lr(lr, start, 1, units);
  }
  return {[schedule, unit](std::size_t step) { return schedule(step / unit); }, units * unit};
}

}  // namespace

const std::vector<Loss>& loss_table() {
  static const std::vector<Loss> table{
      {"cross_entropy", "applies softmax to the outputs, as PyTorch's does",
       [](const Tensor& logits, const Labels& labels) { return cross_entropy(logits, labels); }},
      {"binary_cross_entropy",
       "applies a sigmoid to each output and sums over\nthe classes, as in Nielsen 2015",
       [](const Tensor& logits, const Labels& labels) {
         return one_hot_loss(binary_cross_entropy_with_logits, logits, labels);
       }},
      {"mse", "half the squared error, summed over the classes,\nas in Saxe et al. 2014",
       [](const Tensor& outputs, const Labels& labels) {
         return one_hot_loss(mse_loss, outputs, labels) / 2;
       }},
  };
  return table;
}

const Loss& find_loss(const std::string& name) { return choose(loss_table(), name); }

const std::vector<OptimizerRow>& optimizer_table() {
  static const std::vector<OptimizerRow> table{
      {"sgd", 1e-2, 0, true, true, make_optimizer<SGD, SGDOptions>},
      {"adam", 1e-3, 0, false, false, make_optimizer<Adam, AdamOptions>},
      {"adamw", 1e-3, 1e-2, false, false, make_optimizer<Adam, AdamOptions, true>},
      {"rmsprop", 1e-2, 0, true, false, make_optimizer<RMSprop, RMSpropOptions>}};
  return table;
}

const OptimizerRow& find_optimizer(const std::string& name) {
  return choose(optimizer_table(), name);
}

Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps) {
  const std::vector<std::string> parts = split_parts(text);
  const Part first = make_part(parts[0], lr, std::max<std::size_t>(total_steps, 1), epoch_steps);
  if (parts.size() == 1) return first.schedule;
  if (parts.size() > 2 || !parts[0].starts_with("warmup"))
    throw UsageError("\"{}\": expected one schedule, or a warmup, a + and one more", text);
  const std::size_t left = total_steps > first.steps ? total_steps - first.steps : 1;
  return sequential_lr(first.schedule, make_part(parts[1], lr, left, epoch_steps).schedule,
                       first.steps);
}

}  // namespace fanin
