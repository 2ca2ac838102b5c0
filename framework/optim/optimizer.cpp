#include "framework/optim/optimizer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <tuple>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

void require(const char* optimizer, const char* name, double value, double low, double below) {
  if (!(value >= low && value < below))
    throw Error("{}: {} must lie in [{}, {}), got {}", optimizer, name, low, below, value);
}

Real real(double value) { return static_cast<Real>(value); }

// Calls kernel(count, step, gradient, state..., values) for a parameter's stretches on all threads.
template <std::size_t States, class Kernel, class Step>
void update_stretches(Kernel kernel, const Step& step, Tensor& parameter,
                      std::vector<Array>& state) {
  constexpr std::size_t worth_a_thread = 1 << 14;
  const Real* gradient = parameter.grad().data();
  Real* values = parameter.value().data();
  std::array<Real*, States> states{};
  for (std::size_t i = 0; i < state.size(); ++i) states[i] = state[i].data();
  parallel_for(parameter.size(), worth_a_thread, [&](std::size_t first, std::size_t last) {
    const auto at = [first](auto* numbers) { return numbers ? numbers + first : nullptr; };
    std::apply([&](auto*... s) { kernel(last - first, step, at(gradient), at(s)..., at(values)); },
               states);
  });
}

void require_positive(const char* schedule, const char* name, std::size_t value) {
  if (value == 0) throw Error("{}: {} must be at least 1, got 0", schedule, name);
}

void require_factor(const char* name, double value, bool positive) {
  if (!(value >= 0 && value <= 1) || (positive && value == 0))
    throw Error("linear_lr: {} must lie in {}0, 1], got {}", name, positive ? "(" : "[", value);
}

}  // namespace

Optimizer::Optimizer(std::vector<Tensor> parameters, double lr, std::size_t state_arrays,
                     Update update)
    : lr_(lr), state_arrays_(state_arrays), update_(std::move(update)) {
  require("optimizer", "lr", lr, 0, HUGE_VAL);
  for (Tensor& parameter : parameters) slots_.push_back({std::move(parameter), {}});
}

void Optimizer::step() {
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    auto& [updates, arrays] = slot.state;
    while (arrays.size() < state_arrays_) arrays.push_back(Array::full(slot.parameter.shape(), 0));
    update_(lr_, ++updates, slot.parameter, arrays);
  }
}

std::vector<Optimizer::State> Optimizer::state() const {
  std::vector<State> result;
  for (const Slot& slot : slots_) result.push_back(slot.state);
  return result;
}

void Optimizer::load_state(const std::vector<State>& state) {
  if (state.size() != slots_.size())
    throw Error("optimizer: the state is of {} parameters, not {}", state.size(), slots_.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    const std::size_t expected = state[i].updates == 0 ? 0 : state_arrays_;
    if (state[i].arrays.size() != expected)
      throw Error("optimizer: parameter {} has {} arrays of state, not {}", i,
                  state[i].arrays.size(), expected);
    for (const Array& array : state[i].arrays)
      if (array.shape() != slots_[i].parameter.shape())
        throw Error("optimizer: state {} does not fit parameter {}, {}", to_string(array.shape()),
                    i, to_string(slots_[i].parameter.shape()));
  }
  for (std::size_t i = 0; i < state.size(); ++i) {
    slots_[i].state = {state[i].updates, {}};
    for (const Array& array : state[i].arrays) slots_[i].state.arrays.push_back(array.clone());
  }
}

void Optimizer::zero_grad() {
  for (Slot& slot : slots_) slot.parameter.zero_grad();
}

SGD::SGD(std::vector<Tensor> parameters, const SGDOptions& o)
    : Optimizer(std::move(parameters), o.lr, o.momentum == 0 ? 0 : 1,
                [o](double lr, std::size_t number, Tensor& parameter, std::vector<Array>& state) {
                  const SgdStep step{
                      real(lr),   real(o.momentum), real(1 - o.dampening), real(o.weight_decay),
                      o.nesterov, number == 1};
                  update_stretches<1>(kernels().sgd, step, parameter, state);
                }) {
  require("SGD", "momentum", o.momentum, 0, HUGE_VAL);
  require("SGD", "weight_decay", o.weight_decay, 0, HUGE_VAL);
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    throw Error("SGD: nesterov needs a momentum and zero dampening");
}

Adam::Adam(std::vector<Tensor> parameters, const AdamOptions& o)
    : Optimizer(std::move(parameters), o.lr, o.amsgrad ? 3 : 2,
                [o](double lr, std::size_t number, Tensor& parameter, std::vector<Array>& state) {
                  const double t = static_cast<double>(number);
                  const AdamStep step{real(lr / (1 - std::pow(o.beta1, t))),
                                      real(1 - o.beta1),
                                      real(o.beta2),
                                      real(1 - o.beta2),
                                      real(std::sqrt(1 - std::pow(o.beta2, t))),
                                      real(o.eps),
                                      real(o.decoupled ? 0 : o.weight_decay),
                                      real(o.decoupled ? 1 - lr * o.weight_decay : 1),
                                      o.amsgrad};
                  update_stretches<3>(kernels().adam, step, parameter, state);
                }) {
  require("Adam", "beta1", o.beta1, 0, 1);
  require("Adam", "beta2", o.beta2, 0, 1);
  require("Adam", "eps", o.eps, 0, HUGE_VAL);
  require("Adam", "weight_decay", o.weight_decay, 0, HUGE_VAL);
}

RMSprop::RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& o)
    : Optimizer(std::move(parameters), o.lr, o.centered ? 3 : 2,
                [o](double lr, std::size_t, Tensor& parameter, std::vector<Array>& state) {
                  const RmspropStep step{real(lr),    real(o.alpha),        real(1 - o.alpha),
                                         real(o.eps), real(o.weight_decay), real(o.momentum),
                                         o.centered};
                  update_stretches<3>(kernels().rmsprop, step, parameter, state);
                }) {
  require("RMSprop", "alpha", o.alpha, 0, HUGE_VAL);
  require("RMSprop", "eps", o.eps, 0, HUGE_VAL);
  require("RMSprop", "weight_decay", o.weight_decay, 0, HUGE_VAL);
  require("RMSprop", "momentum", o.momentum, 0, HUGE_VAL);
}

Schedule step_lr(double lr, std::size_t step_size, double gamma) {
  require_positive("step_lr", "step_size", step_size);
  return [=](std::size_t t) { return lr * std::pow(gamma, static_cast<double>(t / step_size)); };
}

Schedule cosine_annealing_lr(double lr, std::size_t t_max, double eta_min) {
  require_positive("cosine_annealing_lr", "t_max", t_max);
  return [=](std::size_t t) {
    const double turn = static_cast<double>(t) / static_cast<double>(t_max);
    return eta_min + (lr - eta_min) * (1 + std::cos(std::numbers::pi * turn)) / 2;
  };
}

Schedule linear_lr(double lr, double start_factor, double end_factor, std::size_t total_iters) {
  require_factor("start_factor", start_factor, true);
  require_factor("end_factor", end_factor, false);
  require_positive("linear_lr", "total_iters", total_iters);
  return [=](std::size_t t) {
    const double way =
        static_cast<double>(std::min(t, total_iters)) / static_cast<double>(total_iters);
    return lr * (start_factor + (end_factor - start_factor) * way);
  };
}

Schedule sequential_lr(Schedule first, Schedule second, std::size_t milestone) {
  return [first = std::move(first), second = std::move(second), milestone](std::size_t t) {
    return t < milestone ? first(t) : second(t - milestone);
  };
}

}  // namespace fanin::FANIN_PRECISION
