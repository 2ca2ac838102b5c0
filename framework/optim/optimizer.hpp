#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "framework/autograd/tensor.hpp"
#include "framework/core/precision.hpp"

namespace fanin::FANIN_PRECISION {

// Moves parameters along their gradients. A parameter without a gradient stays where it is.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr) { lr_ = lr; }  // schedules call it between steps

  // What the optimizer remembers of a parameter.
  struct State {
    std::size_t updates = 0;    // how many the parameter has had
    std::vector<Array> arrays;  // of the parameter's shape; empty before the first update
  };
  std::vector<State> state() const;  // one for each parameter; the arrays are the optimizer's own
  // Throws Error if the state does not fit this kind of optimizer or the parameters' shapes.
  void load_state(const std::vector<State>& state);

 protected:
  // Updates a parameter; `number` counts its updates from 1. `state` holds the parameter's own
  // arrays, which are zero before the first update.
  using Update = std::function<void(double lr, std::size_t number, Tensor& parameter,
                                    std::vector<Array>& state)>;
  Optimizer(std::vector<Tensor> parameters, double lr, std::size_t state_arrays, Update update);

 private:
  struct Slot {
    Tensor parameter;
    State state;
  };
  std::vector<Slot> slots_;
  double lr_;
  std::size_t state_arrays_;
  Update update_;
};

struct SGDOptions {
  double lr = 0.01, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
};

// Stochastic gradient descent as PyTorch has it: b = momentum b + (1 - dampening) g, p -= lr b.
// Throws Error for nesterov without momentum or with dampening.
struct SGD : Optimizer {
  SGD(std::vector<Tensor> parameters, const SGDOptions& options);
};

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decoupled = false;  // AdamW: the decay shrinks the weights instead of joining the gradient
  bool amsgrad = false;    // never let the divisor shrink, Reddi et al. 2018
};

// Adam, Kingma & Ba 2015, and with `decoupled` AdamW, Loshchilov & Hutter 2019.
struct Adam : Optimizer {
  Adam(std::vector<Tensor> parameters, const AdamOptions& options);
};

struct RMSpropOptions {
  double lr = 0.01, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0;
  bool centered = false;
};

// RMSprop, Tieleman & Hinton 2012: v = alpha v + (1 - alpha) g^2, p -= lr g / (sqrt(v) + eps),
// through a momentum buffer if momentum is set. `centered`, Graves 2013, subtracts the square of
// the gradients' running mean from v.
struct RMSprop : Optimizer {
  RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& options);
};

// The learning rate after t steps (or epochs), from t = 0: what PyTorch's scheduler of the same
// name gives after t calls of its step(). Call `optimizer.set_lr(schedule(t))` before update t.
using Schedule = std::function<double(std::size_t)>;

// lr * gamma^floor(t / step_size). Throws Error for a step_size of 0.
Schedule step_lr(double lr, std::size_t step_size, double gamma = 0.1);

// eta_min + (lr - eta_min) (1 + cos(pi t / t_max)) / 2, Loshchilov & Hutter 2017; past t_max it
// rises again. Throws Error for a t_max of 0.
Schedule cosine_annealing_lr(double lr, std::size_t t_max, double eta_min = 0);

// From lr * start_factor in equal steps to lr * end_factor at total_iters, and constant afterwards.
// Throws Error for a start_factor outside (0, 1], an end_factor outside [0, 1] or total_iters = 0.
Schedule linear_lr(double lr, double start_factor = 1.0 / 3, double end_factor = 1,
                   std::size_t total_iters = 5);

// `first` before the milestone; from then on `second`, which counts from the milestone.
Schedule sequential_lr(Schedule first, Schedule second, std::size_t milestone);

}  // namespace fanin::FANIN_PRECISION
