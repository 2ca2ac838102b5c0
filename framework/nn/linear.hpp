#pragma once

#include "framework/nn/module.hpp"

namespace fanin::FANIN_PRECISION {

// y = x W^T + b: [..., in] -> [..., out].
// Default: weight [out, in] and bias [out] from U(-1/sqrt(in), 1/sqrt(in)).
class Linear : public Module {
 public:
  Linear(std::size_t in_features, std::size_t out_features, bool bias = true,
         Generator& generator = default_generator());

  Tensor forward(const Tensor& x) override;
  // With the activation that follows, done while the output is at hand.
  Tensor forward_with(const Tensor& x, std::span<const Child> next, std::size_t& taken) override;
  std::string type() const override { return "Linear"; }
  std::vector<Value> arguments() const override;

  const Tensor weight, bias;  // bias is undefined without one

 private:
  std::size_t in_, out_;
};

}  // namespace fanin::FANIN_PRECISION
