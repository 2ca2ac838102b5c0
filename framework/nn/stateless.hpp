#pragma once

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// A layer without parameters: a function of its input, and the arguments that PyTorch prints.
class Stateless : public Module {
 public:
  using Function = std::function<Tensor(const Tensor&)>;
  Tensor forward(const Tensor& x) override { return function_(x); }
  std::string type() const override { return type_; }
  std::vector<Value> arguments() const override { return arguments_; }

 protected:
  Stateless(std::string type, std::vector<Value> arguments, Function function)
      : type_(std::move(type)), arguments_(std::move(arguments)), function_(std::move(function)) {}

 private:
  std::string type_;
  std::vector<Value> arguments_;
  Function function_;
};

}  // namespace fanin::FANIN_PRECISION
