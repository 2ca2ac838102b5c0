#include "experiments/task/schedules.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "experiments/task/choose.hpp"
#include "framework/core/error.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

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

double number(const NamedOptions& o, const char* key, std::optional<double> fallback,
              double most = 1e300) {
  const double value = o.number(key, fallback);
  if (value < 0 || value > most)
    throw UsageError("{}: {} must {}, got {}", o.name(), key,
                     most > 1 ? "not be negative" : "lie in [0, 1]", value);
  return value;
}

double positive(const NamedOptions& o, const char* key, double fallback) {
  const double value = number(o, key, fallback);
  if (value == 0) throw UsageError("{}: {} must be above 0, got 0", o.name(), key);
  return value;
}

double start_factor(const NamedOptions& o) {
  const double start = number(o, "start_factor", 1.0 / 3, 1);
  if (start == 0)
    throw UsageError(
        "{}: start_factor must be above 0, because a learning rate of 0 trains nothing", o.name());
  return start;
}

std::size_t required_count(const NamedOptions& o, const char* key) {
  o.number(key);
  return o.count(key, 1, 1, most_steps);
}

std::vector<std::size_t> milestones(const NamedOptions& o) {
  const std::string text = o.text("milestones", "");
  if (text.empty()) throw UsageError("{}: needs milestones, such as milestones=30/80", o.name());
  std::vector<std::size_t> result;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    const auto milestone = parse_number<std::size_t>(text.substr(start, end - start));
    if (!milestone || *milestone == 0 || *milestone > most_steps)
      throw UsageError(
          "{}: milestones must be whole numbers from 1 to {}, such as 30/80, not \"{}\"", o.name(),
          most_steps, text);
    result.push_back(*milestone);
    start = end + 1;
  }
  return result;
}

OneCycleOptions one_cycle(const NamedOptions& o) {
  OneCycleOptions cycle;
  cycle.pct_start = number(o, "pct_start", cycle.pct_start, 1);
  cycle.linear = o.word("anneal_strategy", "cos", {"cos", "linear"}) == "linear";
  cycle.base_momentum = number(o, "base_momentum", cycle.base_momentum, 1);
  cycle.max_momentum = positive(o, "max_momentum", cycle.max_momentum);
  for (const double momentum : {cycle.base_momentum, cycle.max_momentum})
    if (momentum >= 1)
      throw UsageError("{}: a momentum must be below 1, got {}", o.name(), momentum);
  cycle.div_factor = positive(o, "div_factor", cycle.div_factor);
  cycle.final_div_factor = positive(o, "final_div_factor", cycle.final_div_factor);
  return cycle;
}

std::size_t length(const NamedOptions& o, const char* key, std::size_t rest) {
  return o.count(key, rest, 1, most_steps);
}

// How a part of a text makes its schedule. The run still has `rest` steps or epochs.
struct ScheduleRow {
  std::string name;
  std::vector<std::string> options;
  Schedule (*make)(const NamedOptions& o, double lr, std::size_t rest);
};

using O = const NamedOptions&;

const ScheduleRow schedule_table[] = {
    {"constant",
     {},
     [](O, double lr, std::size_t) -> Schedule { return [lr](std::size_t) { return lr; }; }},
    {"step",
     {"step_size", "gamma", "every"},
     [](O o, double lr, std::size_t) {
       return step_lr(lr, required_count(o, "step_size"), number(o, "gamma", 0.1));
     }},
    {"multistep",
     {"milestones", "gamma", "every"},
     [](O o, double lr, std::size_t) {
       return multi_step_lr(lr, milestones(o), number(o, "gamma", 0.1));
     }},
    {"exponential",
     {"gamma", "every"},
     [](O o, double lr, std::size_t) { return exponential_lr(lr, number(o, "gamma", {})); }},
    {"cosine",
     {"t_max", "eta_min", "every"},
     [](O o, double lr, std::size_t rest) {
       return cosine_annealing_lr(lr, length(o, "t_max", rest), number(o, "eta_min", 0));
     }},
    {"linear",
     {"start_factor", "end_factor", "total_iters", "every"},
     [](O o, double lr, std::size_t rest) {
       return linear_lr(lr, start_factor(o), number(o, "end_factor", 1, 1),
                        length(o, "total_iters", rest));
     }},
    {"one_cycle",
     {"total_steps", "pct_start", "anneal_strategy", "div_factor", "final_div_factor",
      "cycle_momentum", "base_momentum", "max_momentum"},
     [](O o, double lr, std::size_t rest) {
       o.word("cycle_momentum", "true", {"true", "false"});
       return one_cycle_lr(lr, length(o, "total_steps", rest), one_cycle(o));
     }},
    {"warmup", {"steps", "start_factor", "every"}, [](O o, double lr, std::size_t) {
       return linear_lr(lr, start_factor(o), 1, required_count(o, "steps"));
     }}};

struct Part {
  Schedule schedule;
  std::size_t steps;  // of a warmup: until the next part begins
};

// Makes one part of a text. The run still has `left` steps.
Part make_part(const std::string& text, double lr, std::size_t left, std::size_t epoch_steps) {
  const NamedOptions o(text);
  const auto row = std::ranges::find(schedule_table, o.name(), &ScheduleRow::name);
  if (row == std::end(schedule_table))
    throw UsageError("must be {}, not \"{}\"", alternatives(names_of(schedule_table)), o.name());
  o.allow(row->options);
  const std::size_t unit = o.word("every", "step", {"step", "epoch"}) == "epoch" ? epoch_steps : 1;
  const Schedule schedule = row->make(o, lr, (left + unit - 1) / unit);
  return {[schedule, unit](std::size_t step) { return schedule(step / unit); },
          o.name() == "warmup" ? required_count(o, "steps") * unit : left};
}

}  // namespace

Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps) {
  const std::vector<std::string> parts = split_parts(text);
  const Part first = make_part(parts[0], lr, std::max<std::size_t>(total_steps, 1), epoch_steps);
  if (parts.size() == 1) return first.schedule;
  if (parts.size() > 2 || !parts[0].starts_with("warmup"))
    throw UsageError("\"{}\": expected one schedule, or a warmup, a + and one more", text);
  if (parts[1].starts_with("one_cycle"))
    throw UsageError("\"{}\": one_cycle begins with a rise of its own, so it follows no warmup",
                     text);
  const std::size_t left = total_steps > first.steps ? total_steps - first.steps : 1;
  return sequential_lr(first.schedule, make_part(parts[1], lr, left, epoch_steps).schedule,
                       first.steps);
}

Schedule make_momentum_schedule(const std::string& text, std::size_t total_steps) {
  if (!text.starts_with("one_cycle")) return {};
  const NamedOptions o(text);
  if (o.word("cycle_momentum", "true", {"true", "false"}) == "false") return {};
  return one_cycle_momentum(length(o, "total_steps", std::max<std::size_t>(total_steps, 1)),
                            one_cycle(o));
}

}  // namespace fanin
