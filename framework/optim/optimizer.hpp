#pragma once

#include <cstddef>
#include <functional>
#include <optional>
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
  // Sets the momentum, or Adam's beta1. Throws Error for a value outside [0, 1), and if the
  // optimizer was made without a momentum.
  void set_momentum(double momentum);

  // What the optimizer remembers of a parameter.
  struct State {
    std::size_t updates = 0;    // how many the parameter has had
    std::vector<Array> arrays;  // of the parameter's shape; empty before the first update
  };
  std::vector<State> state() const;  // one for each parameter; the arrays are the optimizer's own
  // Throws Error if the state does not fit this kind of optimizer or the parameters' shapes.
  void load_state(const std::vector<State>& state);

 protected:
  struct Step {
    double lr, momentum;
    std::size_t number;  // of the parameter's updates, from 1
  };
  // Updates a parameter. `state` holds its own arrays, which are zero before the first update.
  using Update =
      std::function<void(const Step& step, Tensor& parameter, std::vector<Array>& state)>;
  Optimizer(std::vector<Tensor> parameters, double lr, std::optional<double> momentum,
            std::size_t state_arrays, Update update);
  // Throws Error unless low <= value < below.
  static void require(const char* optimizer, const char* name, double value, double low,
                      double below);

 private:
  struct Slot {
    Tensor parameter;
    State state;
  };
  std::vector<Slot> slots_;
  double lr_;
  std::optional<double> momentum_;
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

struct AdadeltaOptions {
  double lr = 1, rho = 0.9, eps = 1e-6, weight_decay = 0;
};

// Adadelta, Zeiler 2012: v = rho v + (1 - rho) g^2, d = g sqrt(u + eps) / sqrt(v + eps),
// u = rho u + (1 - rho) d^2, p -= lr d.
struct Adadelta : Optimizer {
  Adadelta(std::vector<Tensor> parameters, const AdadeltaOptions& options);
};

}  // namespace fanin::FANIN_PRECISION
