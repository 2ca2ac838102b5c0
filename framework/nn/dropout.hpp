#pragma once

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// Zeroes numbers at random in training; see dropout in ops/activation.hpp. Draws from the default
// generator, as PyTorch's does. Throws Error for p outside [0, 1].
class Dropout : public Module {
 public:
  explicit Dropout(Number p = 0.5, bool inplace = false);
  Tensor forward(const Tensor& x) override;
  std::string type() const override { return "Dropout"; }
  std::vector<Value> arguments() const override { return {p_, inplace_}; }

 private:
  Number p_;
  bool inplace_;
};

}  // namespace fanin::FANIN_PRECISION
