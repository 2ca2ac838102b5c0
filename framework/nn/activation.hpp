#pragma once

#include "framework/nn/module.hpp"
#include "framework/ops/activation.hpp"

namespace fanin::inline FANIN_PRECISION {

// A function of one number, applied to each.
class Activation : public Module {
 public:
  using Function = Tensor (*)(const Tensor&);
  Activation(std::string type, Function function) : type_(std::move(type)), function_(function) {}

  Tensor forward(const Tensor& x) override { return function_(x); }
  std::string type() const override { return type_; }

 private:
  std::string type_;
  Function function_;
};

struct Tanh : Activation {
  Tanh() : Activation("Tanh", tanh) {}
};

struct Sigmoid : Activation {
  Sigmoid() : Activation("Sigmoid", sigmoid) {}
};

// `inplace` is kept for PyTorch's text only; nothing here works in place.
class ReLU : public Activation {
 public:
  explicit ReLU(bool inplace = false) : Activation("ReLU", relu), inplace_(inplace) {}
  std::vector<Value> arguments() const override { return {inplace_}; }

 private:
  bool inplace_;
};

}  // namespace fanin::inline FANIN_PRECISION
