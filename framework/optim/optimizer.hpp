#pragma once

#include <vector>

#include "framework/autograd/tensor.hpp"

namespace fanin::FANIN_PRECISION {

// Moves parameters along their gradients. A parameter without a gradient stays where it is.
class Optimizer {
 public:
  Optimizer(std::vector<Tensor> parameters, double lr);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  void zero_grad();
  double lr() const { return lr_; }
  void set_lr(double lr) { lr_ = lr; }  // schedules call it between steps

  // What it remembers of a parameter.
  struct State {
    std::size_t updates = 0;    // that the parameter has had
    std::vector<Array> arrays;  // of its shape; none before the first
  };
  std::vector<State> state() const;  // parameter by parameter; the arrays are the optimizer's own
  // Throws Error when it is not that of such an optimizer over such parameters.
  void load_state(const std::vector<State>& state);

 protected:
  // One update; `state` are the parameter's own arrays, zero before the first.
  virtual void update(std::size_t count, Tensor& parameter, std::vector<Array>& state) = 0;
  virtual std::size_t state_arrays() const = 0;

 private:
  struct Slot {
    Tensor parameter;
    State state;
  };
  std::vector<Slot> slots_;
  double lr_;
};

struct SGDOptions {
  double lr = 0.01, momentum = 0, dampening = 0, weight_decay = 0;
  bool nesterov = false;
};

// Stochastic gradient descent as PyTorch has it: b = momentum b + (1 - dampening) g, p -= lr b.
// Throws Error for nesterov without momentum or with dampening.
class SGD : public Optimizer {
 public:
  SGD(std::vector<Tensor> parameters, const SGDOptions& options);

 private:
  void update(std::size_t count, Tensor& parameter, std::vector<Array>& state) override;
  std::size_t state_arrays() const override { return options_.momentum == 0 ? 0 : 1; }
  SGDOptions options_;
};

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decoupled = false;  // AdamW: the decay shrinks the weights instead of joining the gradient
  bool amsgrad = false;    // never let the divisor shrink, Reddi et al. 2018
};

// Adam, Kingma & Ba 2015, and with `decoupled` AdamW, Loshchilov & Hutter 2019.
class Adam : public Optimizer {
 public:
  Adam(std::vector<Tensor> parameters, const AdamOptions& options);

 private:
  void update(std::size_t count, Tensor& parameter, std::vector<Array>& state) override;
  std::size_t state_arrays() const override { return options_.amsgrad ? 3 : 2; }
  AdamOptions options_;
};

struct RMSpropOptions {
  double lr = 0.01, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0;
  bool centered = false;
};

// RMSprop, Tieleman & Hinton 2012: v = alpha v + (1 - alpha) g^2, p -= lr g / (sqrt(v) + eps),
// through a momentum buffer where momentum is set; `centered`, Graves 2013, takes the square of the
// gradients' running mean from v.
class RMSprop : public Optimizer {
 public:
  RMSprop(std::vector<Tensor> parameters, const RMSpropOptions& options);

 private:
  void update(std::size_t count, Tensor& parameter, std::vector<Array>& state) override;
  std::size_t state_arrays() const override { return options_.centered ? 3 : 2; }
  RMSpropOptions options_;
};

}  // namespace fanin::FANIN_PRECISION
