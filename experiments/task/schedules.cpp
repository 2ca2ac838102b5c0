#include "experiments/task/schedules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

#include "framework/core/error.hpp"
#include "init/named_options.hpp"

namespace fanin {
namespace {

constexpr std::size_t most_steps = 1'000'000'000'000;

const std::map<std::string, std::vector<std::string>> options_of{
    {"constant", {}},
    {"step", {"step_size", "gamma", "every"}},
    {"cosine", {"t_max", "eta_min", "every"}},
    {"warmup", {"steps", "start_factor", "every"}}};

// At the plus signs that a name follows, so not within 1e+5.
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
    throw UsageError(fmt::format("{}: {} must {}, got {}", o.name(), key,
                                 most > 1 ? "not be negative" : "lie in [0, 1]", value));
  return value;
}

std::size_t required_count(const NamedOptions& o, const char* key) {
  o.required(key);
  return o.count(key, 1, 1, most_steps);
}

struct Part {
  Schedule schedule;
  std::size_t steps;  // until the next part, if any, begins
};

// One part of a text, with `left` steps of the run still to come.
Part make_part(const std::string& text, double lr, std::size_t left, std::size_t epoch_steps) {
  const NamedOptions o(text);
  const auto known = options_of.find(o.name());
  if (known == options_of.end())
    throw UsageError(fmt::format("must be constant, step, cosine or warmup, not \"{}\"", o.name()));
  o.allow(known->second);
  const std::size_t unit = o.word("every", "step", {"step", "epoch"}) == "epoch" ? epoch_steps : 1;
  const auto every_unit = [unit](Schedule schedule) -> Schedule {
    return
        [schedule = std::move(schedule), unit](std::size_t step) { return schedule(step / unit); };
  };
  if (o.name() == "step") {
    const std::size_t size = required_count(o, "step_size");
    return {every_unit(step_lr(lr, size, number(o, "gamma", 0.1))), left};
  }
  if (o.name() == "cosine") {
    const std::size_t t_max = o.count("t_max", (left + unit - 1) / unit, 1, most_steps);
    return {every_unit(cosine_annealing_lr(lr, t_max, number(o, "eta_min", 0))), left};
  }
  if (o.name() == "warmup") {
    const std::size_t steps = required_count(o, "steps");
    const double start = number(o, "start_factor", 1.0 / 3, 1);
    if (start == 0) throw UsageError("warmup: start_factor must be above 0, or nothing moves");
    return {every_unit(linear_lr(lr, start, 1, steps)), steps * unit};
  }
  return {[lr](std::size_t) { return lr; }, left};
}

}  // namespace

void check_schedule(const std::string& text) { make_schedule(text, 1, 1, 1); }

Schedule make_schedule(const std::string& text, double lr, std::size_t total_steps,
                       std::size_t epoch_steps) {
  const std::vector<std::string> parts = split_parts(text);
  const Part first = make_part(parts[0], lr, std::max<std::size_t>(total_steps, 1), epoch_steps);
  if (parts.size() == 1) return first.schedule;
  if (parts.size() > 2 || !parts[0].starts_with("warmup"))
    throw UsageError(
        fmt::format("\"{}\": expected one schedule, or a warmup and one more after a +", text));
  const std::size_t left = total_steps > first.steps ? total_steps - first.steps : 1;
  return sequential_lr(first.schedule, make_part(parts[1], lr, left, epoch_steps).schedule,
                       first.steps);
}

}  // namespace fanin
