#include "framework/optim/optimizer.hpp"

#include <array>
#include <cmath>
#include <tuple>
#include <utility>

#include "framework/core/error.hpp"
#include "framework/core/kernels/kernels.hpp"
#include "framework/core/parallel.hpp"

namespace fanin::FANIN_PRECISION {
namespace {

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

}  // namespace

void Optimizer::require(const char* optimizer, const char* name, double value, double low,
                        double below) {
  if (!(value >= low && value < below))
    throw Error("{}: {} must lie in [{}, {}), got {}", optimizer, name, low, below, value);
}

Optimizer::Optimizer(std::vector<Tensor> parameters, double lr, std::optional<double> momentum,
                     std::size_t state_arrays, Update update)
    : lr_(lr), momentum_(momentum), state_arrays_(state_arrays), update_(std::move(update)) {
  require("optimizer", "lr", lr, 0, HUGE_VAL);
  for (Tensor& parameter : parameters) slots_.push_back({std::move(parameter), {}});
}

void Optimizer::set_momentum(double momentum) {
  if (!momentum_)
    throw Error("optimizer: its momentum cannot be set to {}, as it was made without one",
                momentum);
  require("optimizer", "momentum", momentum, 0, 1);
  momentum_ = momentum;
}

void Optimizer::step() {
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    auto& [updates, arrays] = slot.state;
    while (arrays.size() < state_arrays_) arrays.push_back(Array::full(slot.parameter.shape(), 0));
    update_({lr_, momentum_.value_or(0), ++updates}, slot.parameter, arrays);
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
    : Optimizer(std::move(parameters), o.lr,
                o.momentum == 0 ? std::nullopt : std::optional(o.momentum), o.momentum == 0 ? 0 : 1,
                [o](const Step& at, Tensor& parameter, std::vector<Array>& state) {
                  const SgdStep step{real(at.lr),          real(at.momentum), real(1 - o.dampening),
                                     real(o.weight_decay), o.nesterov,        at.number == 1};
                  update_stretches<1>(kernels().sgd, step, parameter, state);
                }) {
  require("SGD", "momentum", o.momentum, 0, HUGE_VAL);
  require("SGD", "weight_decay", o.weight_decay, 0, HUGE_VAL);
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    throw Error("SGD: nesterov needs a momentum and zero dampening");
}

Adam::Adam(std::vector<Tensor> parameters, const AdamOptions& o)
    : Optimizer(std::move(parameters), o.lr, o.beta1, o.amsgrad ? 3 : 2,
                [o](const Step& at, Tensor& parameter, std::vector<Array>& state) {
                  const double t = static_cast<double>(at.number);
                  const AdamStep step{real(at.lr / (1 - std::pow(at.momentum, t))),
                                      real(1 - at.momentum),
                                      real(o.beta2),
                                      real(1 - o.beta2),
                                      real(std::sqrt(1 - std::pow(o.beta2, t))),
                                      real(o.eps),
                                      real(o.decoupled ? 0 : o.weight_decay),
                                      real(o.decoupled ? 1 - at.lr * o.weight_decay : 1),
                                      o.amsgrad};
                  update_stretches<3>(kernels().adam, step, parameter, state);
                }) {
  require("Adam", "beta1", o.beta1, 0, 1);
  require("Adam", "beta2", o.beta2, 0, 1);
  require("Adam", "eps", o.eps, 0, HUGE_VAL);
  require("Adam", "weight_decay", o.weight_decay, 0, HUGE_VAL);
}

RMSprop::RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& o)
    : Optimizer(std::move(parameters), o.lr, o.momentum, o.centered ? 3 : 2,
                [o](const Step& at, Tensor& parameter, std::vector<Array>& state) {
                  const RmspropStep step{real(at.lr), real(o.alpha),        real(1 - o.alpha),
                                         real(o.eps), real(o.weight_decay), real(at.momentum),
                                         o.centered};
                  update_stretches<3>(kernels().rmsprop, step, parameter, state);
                }) {
  require("RMSprop", "alpha", o.alpha, 0, HUGE_VAL);
  require("RMSprop", "eps", o.eps, 0, HUGE_VAL);
  require("RMSprop", "weight_decay", o.weight_decay, 0, HUGE_VAL);
  require("RMSprop", "momentum", o.momentum, 0, HUGE_VAL);
}

Adadelta::Adadelta(std::vector<Tensor> parameters, const AdadeltaOptions& o)
    : Optimizer(std::move(parameters), o.lr, {}, 2,
                [o](const Step& at, Tensor& parameter, std::vector<Array>& state) {
                  const AdadeltaStep step{real(at.lr), real(o.rho), real(1 - o.rho), real(o.eps),
                                          real(o.weight_decay)};
                  update_stretches<2>(kernels().adadelta, step, parameter, state);
                }) {
  if (!(o.rho >= 0 && o.rho <= 1)) throw Error("Adadelta: rho must lie in [0, 1], got {}", o.rho);
  require("Adadelta", "eps", o.eps, 0, HUGE_VAL);
  require("Adadelta", "weight_decay", o.weight_decay, 0, HUGE_VAL);
}

}  // namespace fanin::FANIN_PRECISION
