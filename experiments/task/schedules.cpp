#include "experiments/task/schedules.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "experiments/task/choose.hpp"
#include "framework/core/error.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr std::size_t most_steps = 1'000'000'000'000;

// Splits at a plus sign unless a digit follows, as in 1e+5.
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

struct Part {
  Schedule schedule;
  std::size_t steps;  // or epochs, until the next part begins, if there is one
};

// A schedule counts in units, steps or epochs; `left` units of the run are still to come.
struct ScheduleRow {
  std::string name;
  std::vector<std::string> options;
  Part (*make)(const NamedOptions&, double lr, std::size_t left);
};

Part make_constant(const NamedOptions&, double lr, std::size_t left) {
  return {[lr](std::size_t) { return lr; }, left};
}

Part make_step(const NamedOptions& o, double lr, std::size_t left) {
  const std::size_t size = required_count(o, "step_size");
  return {step_lr(lr, size, number(o, "gamma", 0.1)), left};
}

Part make_cosine(const NamedOptions& o, double lr, std::size_t left) {
  const std::size_t t_max = o.count("t_max", left, 1, most_steps);
  return {cosine_annealing_lr(lr, t_max, number(o, "eta_min", 0)), left};
}

Part make_warmup(const NamedOptions& o, double lr, std::size_t) {
  const std::size_t steps = required_count(o, "steps");
  const double start = number(o, "start_factor", 1.0 / 3, 1);
  if (start == 0) throw UsageError("warmup: start_factor must be above 0, or nothing moves");
  return {linear_lr(lr, start, 1, steps), steps};
}

const ScheduleRow schedule_table[] = {{"constant", {}, make_constant},
                                      {"step", {"step_size", "gamma", "every"}, make_step},
                                      {"cosine", {"t_max", "eta_min", "every"}, make_cosine},
                                      {"warmup", {"steps", "start_factor", "every"}, make_warmup}};

// One part of a text, with `left` steps of the run still to come.
Part make_part(const std::string& text, double lr, std::size_t left, std::size_t epoch_steps) {
  const NamedOptions o(text);
  const auto row = std::ranges::find(schedule_table, o.name(), &ScheduleRow::name);
  if (row == std::end(schedule_table))
    throw UsageError("must be {}, not \"{}\"", alternatives(names_of(schedule_table)), o.name());
  o.allow(row->options);
  const std::size_t unit = o.word("every", "step", {"step", "epoch"}) == "epoch" ? epoch_steps : 1;
  Part part = row->make(o, lr, (left + unit - 1) / unit);
  return {[schedule = std::move(part.schedule), unit](std::size_t step) {
            return schedule(step / unit);
          },
          part.steps * unit};
}

}  // namespace

void check_schedule(const std::string& text) { make_schedule(text, 1, 1, 1); }

Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps) {
  const std::vector<std::string> parts = split_parts(text);
  const Part first = make_part(parts[0], lr, std::max<std::size_t>(total_steps, 1), epoch_steps);
  if (parts.size() == 1) return first.schedule;
  if (parts.size() > 2 || !parts[0].starts_with("warmup"))
    throw UsageError("\"{}\": expected one schedule, or a warmup and one more after a +", text);
  const std::size_t left = total_steps > first.steps ? total_steps - first.steps : 1;
  return sequential_lr(first.schedule, make_part(parts[1], lr, left, epoch_steps).schedule,
                       first.steps);
}

}  // namespace fanin
